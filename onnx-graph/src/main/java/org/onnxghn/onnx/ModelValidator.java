package org.onnxghn.onnx;

import static org.onnxghn.onnx.OnnxCodes.quote;

import java.util.ArrayList;
import java.util.List;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.OperatorSetIdProto;
import org.onnxghn.onnx.proto.SparseTensorProto;
import org.onnxghn.onnx.proto.TensorProto;
import org.onnxghn.onnx.proto.TensorShapeProto;
import org.onnxghn.onnx.proto.ValueInfoProto;

/**
 * Checks a parsed model: versions, tensors, names and their scopes, cycles, and the operators that
 * {@link OperatorChecks} knows. Afterwards the rest of the program may rely on them.
 */
final class ModelValidator {
  /** Operator sets have passed 25 in eight years; a number above this one is damage. */
  private static final long PLAUSIBLE_OPSET = 200;

  /** Operators have some twenty at most; whoever wants one of them looks at all. */
  private static final int MAX_ATTRIBUTES = 1024;

  private final ModelProto model;
  private final ModelLimits limits;
  private final ModelFolder folder;

  private ModelValidator(ModelProto model, ModelLimits limits, ModelFolder folder) {
    this.model = model;
    this.limits = limits;
    this.folder = folder;
  }

  /**
   * Checks all of the model.
   *
   * @param folder where external data is, or null for a model in memory
   * @return the bodies of the model, parents first
   * @throws OnnxException OG-103 to OG-112, OG-120 to OG-123
   */
  static List<Body> validate(ModelProto model, ModelLimits limits, ModelFolder folder) {
    return new ModelValidator(model, limits, folder).run();
  }

  private List<Body> run() {
    if (!model.hasGraph()) {
      throw incomplete("the file holds no graph");
    }
    checkVersions();
    List<Body> bodies = Body.allOf(model, limits);
    if (model.getGraph().getOutputCount() == 0) {
      throw incomplete("graph " + quote(model.getGraph().getName()) + " has no outputs");
    }
    for (Body body : bodies) {
      checkNodes(body);
      if (body.graph() != null) {
        checkGraph(body);
      } else {
        checkDefaults(body);
      }
    }
    ScopeCheck.check(bodies, limits);
    Nesting.check(bodies, limits);
    for (Body body : bodies) {
      OperatorChecks.check(body);
    }
    return bodies;
  }

  private void checkVersions() {
    if (model.hasIrVersion() && model.getIrVersion() < 0) {
      throw version("IR version " + model.getIrVersion() + " is not positive");
    }
    List<OperatorSetIdProto> imports = new ArrayList<>(model.getOpsetImportList());
    model.getFunctionsList().forEach(function -> imports.addAll(function.getOpsetImportList()));
    for (OperatorSetIdProto opset : imports) {
      boolean standard = opset.getDomain().isEmpty() || opset.getDomain().startsWith("ai.onnx");
      if (opset.getVersion() < 1 || standard && opset.getVersion() > PLAUSIBLE_OPSET) {
        throw version(
            "operator set %s has version %d, which does not exist"
                .formatted(
                    quote(opset.getDomain().isEmpty() ? "ai.onnx" : opset.getDomain()),
                    opset.getVersion()));
      }
    }
    // Operator sets came with IR version 3; older files mean the first.
    if (model.getOpsetImportCount() == 0
        && model.getIrVersion() >= 3
        && model.getGraph().getNodeCount() > 0) {
      throw version("the model names no operator set");
    }
  }

  private void checkNodes(Body body) {
    List<NodeProto> nodes = body.nodes();
    for (int n = 0; n < nodes.size(); n++) {
      NodeProto node = nodes.get(n);
      if (node.getOpType().isEmpty()) {
        throw new OnnxException(
            OnnxCodes.NO_OPERATOR,
            body.describe(n) + " has no op_type",
            "The file is damaged; export the model again.");
      }
      if (node.getAttributeCount() > MAX_ATTRIBUTES) {
        throw new OnnxException(
            OnnxCodes.OVER_LIMIT,
            body.describe(n) + " has more than " + MAX_ATTRIBUTES + " attributes",
            "The file is damaged or hostile; export the model again.");
      }
      ScopeCheck.checkLength(node.getOpType(), limits);
      ScopeCheck.checkLength(node.getDomain(), limits);
      ScopeCheck.checkLength(node.getName(), limits);
      for (AttributeProto attribute : node.getAttributeList()) {
        checkTensors(body, n, attribute);
      }
    }
  }

  private void checkTensors(Body body, int node, AttributeProto attribute) {
    if (attribute.hasT()) {
      checkTensor(attribute.getT(), body, node, attribute);
    }
    for (TensorProto tensor : attribute.getTensorsList()) {
      checkTensor(tensor, body, node, attribute);
    }
    if (attribute.hasSparseTensor()) {
      checkSparse(attribute.getSparseTensor(), body);
    }
    for (SparseTensorProto sparse : attribute.getSparseTensorsList()) {
      checkSparse(sparse, body);
    }
  }

  private void checkTensor(TensorProto tensor, Body body, int node, AttributeProto attribute) {
    String where = "attribute " + quote(attribute.getName()) + " of " + body.describe(node);
    TensorData.check(tensor, limits, folder, where);
  }

  /** Nothing here reads the defaults of a function's attributes, but writing a model moves them. */
  private void checkDefaults(Body body) {
    for (AttributeProto attribute : body.function().getAttributeProtoList()) {
      String where = "the default of attribute " + quote(attribute.getName()) + body.in();
      TensorWalk.forEach(
          attribute, (tensor, holder) -> TensorData.check(tensor, limits, folder, where));
    }
  }

  private void checkGraph(Body body) {
    GraphProto graph = body.graph();
    for (TensorProto tensor : graph.getInitializerList()) {
      if (tensor.getName().isEmpty()) {
        throw incomplete("an initializer" + body.in() + " has no name");
      }
      TensorData.check(tensor, limits, folder, TensorData.describe(tensor) + body.in());
    }
    for (SparseTensorProto sparse : graph.getSparseInitializerList()) {
      if (sparse.getValues().getName().isEmpty()) {
        throw incomplete("a sparse initializer" + body.in() + " has no name");
      }
      checkSparse(sparse, body);
    }
    for (ValueInfoProto input : graph.getInputList()) {
      checkDeclaredShape(input, body);
    }
  }

  /** Values, and indices as ONNX defines them: nnz flat ones, or nnz x rank, within the shape. */
  private void checkSparse(SparseTensorProto sparse, Body body) {
    String where = "sparse " + TensorData.describe(sparse.getValues()) + body.in();
    Shape shape = TensorData.shape(sparse.getDimsList(), limits, where);
    TensorData.check(sparse.getValues(), limits, folder, where);
    TensorData.check(sparse.getIndices(), limits, folder, where + " (indices)");
    Shape values = Shape.of(sparse.getValues().getDimsList());
    Shape indices = Shape.of(sparse.getIndices().getDimsList());
    long nonZeros = values.elements();
    boolean flat = indices.rank() == 1 && indices.dim(0) == nonZeros;
    boolean coordinates =
        indices.rank() == 2 && indices.dim(0) == nonZeros && indices.dim(1) == shape.rank();
    if (values.rank() != 1
        || !(flat || coordinates)
        || sparse.getIndices().getDataType() != ElementType.INT64.number()) {
      throw new OnnxException(
          OnnxCodes.DATA,
          where + " has " + values + " values and " + indices + " indices for shape " + shape,
          "The file is damaged; export the model again.");
    }
  }

  /** Free dimensions may be anything; the fixed ones must not overflow together. */
  private void checkDeclaredShape(ValueInfoProto input, Body body) {
    String where = "input " + quote(input.getName()) + body.in();
    TensorShapeProto declared = input.getType().getTensorType().getShape();
    List<Long> fixed = new ArrayList<>();
    for (TensorShapeProto.Dimension dimension : declared.getDimList()) {
      // Some exporters write -1 or 0 for a free dimension.
      if (dimension.getDimValue() > 0) {
        fixed.add(dimension.getDimValue());
      }
    }
    TensorData.shape(fixed, limits, where);
  }

  private static OnnxException version(String message) {
    return new OnnxException(
        OnnxCodes.VERSION, message, "Export the model again with a published ONNX version.");
  }

  private static OnnxException incomplete(String message) {
    return new OnnxException(
        OnnxCodes.INCOMPLETE,
        message,
        "The file is damaged or not an ONNX model; export it again.");
  }
}
