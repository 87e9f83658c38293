package org.onnxghn.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onnxghn.onnx.StoredTensor.Form;
import org.onnxghn.onnx.StoredTensor.Place;
import org.onnxghn.onnx.StoredTensor.Source;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.SparseTensorProto;
import org.onnxghn.onnx.proto.TensorProto;
import org.onnxghn.onnx.proto.TensorShapeProto;
import org.onnxghn.onnx.proto.TypeProto;
import org.onnxghn.onnx.proto.ValueInfoProto;

/** All stored tensors of a validated model, in file order, by name and by identity. */
final class TensorIndex {
  private final ModelLimits limits;
  private final ModelFolder folder;
  private final Map<TensorProto, TensorEdits.Values> edits;
  private final Map<String, StoredTensor> byName = new LinkedHashMap<>();
  private final Map<Object, StoredTensor> byProto = new IdentityHashMap<>();

  /** Integer tensors that may be the shape of a ConstantOfShape: by body, by name. */
  private final List<Map<String, StoredTensor>> shapes = new ArrayList<>();

  /** Identity nodes by the initializer that they copy. */
  private final Map<StoredTensor, List<StoredTensor>> copies = new HashMap<>();

  private final UniqueNames names;

  private TensorIndex(
      List<Body> bodies,
      ModelLimits limits,
      ModelFolder folder,
      Map<TensorProto, TensorEdits.Values> edits,
      TensorIndex before) {
    this.limits = limits;
    this.folder = folder;
    this.edits = edits;
    this.names = new UniqueNames(bodies, before == null ? Map.of() : before.byProto);
  }

  /**
   * @param bodies of the model, parents first; training graphs are left out
   * @param folder where external data is, or null
   * @param edits values that take the place of the stored ones, by identity of the tensor
   * @param before of the model that this one is a part of: tensors keep the names that they have
   *     there; or null
   */
  static TensorIndex of(
      List<Body> bodies,
      ModelLimits limits,
      ModelFolder folder,
      Map<TensorProto, TensorEdits.Values> edits,
      TensorIndex before) {
    TensorIndex index = new TensorIndex(bodies, limits, folder, edits, before);
    for (Body body : bodies) {
      index.shapes.add(new HashMap<>());
      if (body.kind() != Body.Kind.TRAINING) {
        index.addBody(body);
      }
    }
    return index;
  }

  List<StoredTensor> all() {
    return Collections.unmodifiableList(new ArrayList<>(byName.values()));
  }

  Optional<StoredTensor> byName(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  Optional<StoredTensor> byProto(Object proto) {
    return Optional.ofNullable(byProto.get(proto));
  }

  /** The copies of an initializer; none for another tensor. */
  List<StoredTensor> copiesOf(StoredTensor original) {
    return copies.getOrDefault(original, List.of());
  }

  private void addBody(Body body) {
    if (body.graph() != null) {
      addGraph(body);
    }
    List<NodeProto> nodes = body.nodes();
    Map<Integer, Integer> copied = IdentityCopies.of(body);
    for (int n = 0; n < nodes.size(); n++) {
      NodeProto node = nodes.get(n);
      if (node.getOutputCount() == 0 || !OperatorChecks.isStandard(node)) {
        continue;
      }
      if (node.getOpType().equals("Constant")) {
        addConstant(body, n, node);
      } else if (node.getOpType().equals("ConstantOfShape")) {
        addConstantOfShape(body, n, node);
      } else if (copied.containsKey(n)) {
        addCopy(body, n, node, body.graph().getInitializer(copied.get(n)));
      }
    }
  }

  private void addGraph(Body body) {
    GraphProto graph = body.graph();
    Set<String> stored = new HashSet<>();
    for (int i = 0; i < graph.getInitializerCount(); i++) {
      TensorProto tensor = graph.getInitializer(i);
      stored.add(tensor.getName());
      addTensor(tensor.getName(), Form.INITIALIZER, tensor, new Place(body, i, -1), tensor);
    }
    for (int i = 0; i < graph.getSparseInitializerCount(); i++) {
      SparseTensorProto sparse = graph.getSparseInitializer(i);
      stored.add(sparse.getValues().getName());
      add(
          sparse.getValues().getName(),
          Form.SPARSE_INITIALIZER,
          Shape.of(sparse.getDimsList()),
          ElementType.of(sparse.getValues().getDataType()),
          new Place(body, i, -1),
          new Source(null, null, sparse, folder, null),
          sparse);
    }
    if (body.kind() == Body.Kind.MAIN) {
      addInputs(body, graph, stored);
    }
  }

  private void addInputs(Body body, GraphProto graph, Set<String> stored) {
    for (int i = 0; i < graph.getInputCount(); i++) {
      ValueInfoProto input = graph.getInput(i);
      Optional<Shape> shape = staticShape(input.getType());
      if (shape.isPresent() && !stored.contains(input.getName())) {
        add(
            input.getName(),
            Form.GRAPH_INPUT,
            shape.get(),
            ElementType.of(input.getType().getTensorType().getElemType()),
            new Place(body, i, -1),
            new Source(null, null, null, folder, null),
            input);
      }
    }
  }

  private static Optional<Shape> staticShape(TypeProto type) {
    if (!type.getTensorType().hasShape()) {
      return Optional.empty();
    }
    List<Long> dims = new ArrayList<>();
    for (TensorShapeProto.Dimension dimension : type.getTensorType().getShape().getDimList()) {
      if (dimension.getDimValue() <= 0) {
        return Optional.empty();
      }
      dims.add(dimension.getDimValue());
    }
    return Optional.of(Shape.of(dims));
  }

  private void addConstant(Body body, int n, NodeProto node) {
    String name = node.getOutput(0);
    for (int a = 0; a < node.getAttributeCount(); a++) {
      AttributeProto attribute = node.getAttribute(a);
      if (isOfCall(attribute)) {
        continue;
      }
      Place place = new Place(body, n, a);
      if (attribute.getName().equals("value")) {
        if (attribute.hasT()) {
          addTensor(name, Form.CONSTANT_NODE, attribute.getT(), place, node);
        }
        return;
      }
      ConstantNumbers numbers = ConstantNumbers.of(attribute);
      if (numbers != null) {
        Source source = new Source(null, attribute, null, folder, null);
        add(name, Form.CONSTANT_NODE, numbers.shape(), numbers.type(), place, source, node);
        return;
      }
    }
  }

  /** Whether each call of the function that the node stands in has a value of its own. */
  private static boolean isOfCall(AttributeProto attribute) {
    return !attribute.getRefAttrName().isEmpty();
  }

  private void addCopy(Body body, int n, NodeProto node, TensorProto initializer) {
    StoredTensor original = byProto.get(initializer);
    add(
        node.getOutput(0),
        Form.INITIALIZER_COPY,
        original.shape(),
        original.type(),
        new Place(body, n, -1),
        original.source(),
        node);
    copies.computeIfAbsent(original, tensor -> new ArrayList<>()).add(byProto.get(node));
  }

  private void addConstantOfShape(Body body, int n, NodeProto node) {
    StoredTensor dims = node.getInputCount() > 0 ? shapeTensor(body, node.getInput(0)) : null;
    if (dims == null || dims.shape().rank() != 1 || !dims.hasData()) {
      return;
    }
    if (node.getAttributeList().stream().anyMatch(TensorIndex::isOfCall)) {
      return;
    }
    TensorProto fill = null;
    int attribute = -1;
    for (int a = 0; a < node.getAttributeCount(); a++) {
      if (node.getAttribute(a).getName().equals("value") && node.getAttribute(a).hasT()) {
        fill = node.getAttribute(a).getT();
        attribute = a;
      }
    }
    if (fill != null
        && (Shape.of(fill.getDimsList()).elements() != 1
            || TensorData.fieldOf(fill) == TensorData.Field.EXTERNAL)) {
      return;
    }
    Shape shape = shape(dims, body.describe(n));
    if (shape == null) {
      return;
    }
    ElementType type = fill == null ? ElementType.FLOAT : ElementType.of(fill.getDataType());
    Source source = new Source(fill, null, null, folder, null);
    Place place = new Place(body, n, attribute);
    add(node.getOutput(0), Form.CONSTANT_OF_SHAPE, shape, type, place, source, node);
  }

  /** The values of an integer vector as a shape; null when it is longer than any shape may be. */
  private Shape shape(StoredTensor dims, String where) {
    if (dims.shape().elements() > limits.rank()) {
      return null;
    }
    return TensorData.shape(Arrays.stream(dims.longs()).boxed().toList(), limits, where);
  }

  private StoredTensor shapeTensor(Body body, String name) {
    for (Body scope = body; scope != null; scope = scope.parent()) {
      StoredTensor tensor = shapes.get(scope.index()).get(name);
      if (tensor != null) {
        return tensor;
      }
    }
    return null;
  }

  private void addTensor(String name, Form form, TensorProto tensor, Place place, Object proto) {
    TensorEdits.Values values = edits.get(tensor);
    Source source = new Source(tensor, null, null, folder, values == null ? null : values.floats());
    Shape shape = Shape.of(tensor.getDimsList());
    add(name, form, shape, ElementType.of(tensor.getDataType()), place, source, proto);
  }

  private void add(
      String name,
      Form form,
      Shape shape,
      ElementType type,
      Place place,
      Source source,
      Object proto) {
    if (name.isEmpty()) {
      return;
    }
    StoredTensor tensor =
        new StoredTensor(
            names.of(name, place.body(), proto),
            form,
            shape,
            type,
            place,
            source,
            limits.computedElements());
    byName.put(tensor.name(), tensor);
    byProto.put(proto, tensor);
    if (type == ElementType.INT64) {
      shapes.get(place.body().index()).put(name, tensor);
    }
  }
}
