package org.onnxghn.trainer.finetune;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onnxghn.converter.Assignment;
import org.onnxghn.converter.ClassifierHead;
import org.onnxghn.converter.ConversionOptions;
import org.onnxghn.converter.InitialValues;
import org.onnxghn.converter.report.Source;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.Shape;
import org.onnxghn.onnx.StoredTensor;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.TensorProto;
import org.onnxghn.onnx.proto.TensorShapeProto;
import org.onnxghn.onnx.proto.ValueInfoProto;

/**
 * Replaces the classifier, weight and bias of the last layer of the first output, by one with
 * another number of classes, initialised as PyTorch initialises that layer: the transfer protocol
 * of the paper.
 */
final class NewHead {
  private final OnnxModel model;
  private final int classes;
  private final long before;

  private NewHead(OnnxModel model, int classes, long before) {
    this.model = model;
    this.classes = classes;
    this.before = before;
  }

  /**
   * The model with another classifier; everything else stays.
   *
   * @param classes outputs of the new one
   * @param seed of its values
   * @throws FineTuneException OG-525 when the model does not end in a layer with weight and bias
   */
  static OnnxModel replace(OnnxModel model, int classes, long seed) {
    // Behind another output there may be a deeper layer.
    String scores = model.proto().getGraph().getOutput(0).getName();
    OnnxModel scored = Pruning.to(model, List.of(scores));
    ClassifierHead head = ClassifierHead.of(GraphImporter.importGraph(scored).graph());
    if (head.slots().isEmpty()) {
      throw refused("the model does not end in a linear layer or convolution with a bias");
    }
    Map<String, Shape> shapes = new HashMap<>();
    for (ParameterSlot slot : head.slots()) {
      shapes.put(slot.parameter(), shape(slot, classes));
    }
    OnnxModel own = model.withOwnData(copies(model, shapes.keySet()));
    OnnxModel changed = new NewHead(own, classes, head.classes()).reshaped(shapes);
    ImportedGraph imported = GraphImporter.importGraph(changed);
    List<Assignment> assignments =
        imported.parameters().stream()
            .filter(parameter -> shapes.containsKey(parameter.name()))
            .map(parameter -> new Assignment(parameter, Source.FALLBACK, null, "new head"))
            .toList();
    ConversionOptions options = ConversionOptions.builder().seed(seed).build();
    return changed.withParameters(InitialValues.of(imported, assignments, Map.of(), options));
  }

  /** Tensors that begin with the values of these, and are no part of the classifier. */
  private static List<StoredTensor> copies(OnnxModel model, Set<String> replaced) {
    return model.proto().getGraph().getNodeList().stream()
        .filter(node -> node.getInputCount() == 1 && replaced.contains(node.getInput(0)))
        .map(model::tensorOf)
        .flatMap(Optional::stream)
        .filter(tensor -> tensor.form() == StoredTensor.Form.INITIALIZER_COPY)
        .filter(tensor -> !replaced.contains(tensor.name()))
        .toList();
  }

  /** Of the stored tensor, when the slot has so many outputs. */
  private static Shape shape(ParameterSlot slot, int classes) {
    long[] dims = slot.shape().dims();
    dims[0] = classes;
    if (slot.layout().part() != null) {
      throw refused("the classifier's tensor " + slot.parameter() + " is a part of a larger one");
    }
    try {
      return slot.layout().storedShape(Shape.of(dims));
    } catch (IllegalArgumentException e) {
      throw refused("the classifier's tensor " + slot.parameter() + " is reshaped on its way");
    }
  }

  private OnnxModel reshaped(Map<String, Shape> shapes) {
    ModelProto proto = model.toProto();
    GraphProto.Builder graph = proto.getGraph().toBuilder();
    Set<String> left = new HashSet<>(shapes.keySet());
    for (int i = 0; i < graph.getInitializerCount(); i++) {
      String name = graph.getInitializer(i).getName();
      if (left.remove(name)) {
        graph.setInitializer(i, zeros(name, shapes.get(name)));
      }
    }
    // Constants, and copies of other tensors, become initializers.
    List<NodeProto> nodes = new ArrayList<>();
    for (NodeProto node : graph.getNodeList()) {
      String name = node.getOutputCount() == 1 ? node.getOutput(0) : "";
      if (left.remove(name)) {
        graph.addInitializer(zeros(name, shapes.get(name)));
      } else {
        nodes.add(node);
      }
    }
    graph.clearNode().addAllNode(nodes);
    if (!left.isEmpty()) {
      throw refused(
          "the classifier's tensor " + left.iterator().next() + " has no value of its own");
    }
    for (ValueInfoProto.Builder input : graph.getInputBuilderList()) {
      Shape shape = shapes.get(input.getName());
      if (shape != null) {
        TensorShapeProto.Builder dims = TensorShapeProto.newBuilder();
        for (long dim : shape.dims()) {
          dims.addDimBuilder().setDimValue(dim);
        }
        input.getTypeBuilder().getTensorTypeBuilder().setShape(dims);
      }
    }
    declareResults(graph, shapes.keySet());
    return OnnxModel.of(proto.toBuilder().setGraph(graph).build());
  }

  private TensorProto zeros(String name, Shape shape) {
    ElementType type = model.tensor(name).orElseThrow().type();
    if (type != ElementType.FLOAT) {
      throw refused("the classifier's tensor " + name + " is " + type.label());
    }
    TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(type.number());
    for (long dim : shape.dims()) {
      tensor.addDims(dim);
    }
    int elements = Math.toIntExact(shape.elements());
    return tensor.addAllFloatData(Collections.nCopies(elements, 0f)).build();
  }

  /** What follows the classifier has other shapes: outputs are declared anew, the rest not. */
  private void declareResults(GraphProto.Builder graph, Set<String> parameters) {
    Set<String> after = new HashSet<>(parameters);
    for (NodeProto node : graph.getNodeList()) {
      List<String> inputs = node.getInputList();
      if (inputs.stream().anyMatch(after::contains)) {
        after.addAll(node.getOutputList());
      }
    }
    List<ValueInfoProto> kept =
        graph.getValueInfoList().stream().filter(v -> !after.contains(v.getName())).toList();
    graph.clearValueInfo().addAllValueInfo(kept);
    for (ValueInfoProto.Builder output : graph.getOutputBuilderList()) {
      if (!after.contains(output.getName()) || !output.getType().getTensorType().hasShape()) {
        continue;
      }
      for (TensorShapeProto.Dimension.Builder dim :
          output.getTypeBuilder().getTensorTypeBuilder().getShapeBuilder().getDimBuilderList()) {
        if (dim.getDimValue() == before) {
          dim.setDimValue(classes);
        }
      }
    }
  }

  private static FineTuneException refused(String message) {
    return new FineTuneException(
        FineTuneException.NEW_HEAD,
        message + ": --new-head cannot replace it",
        "Export the model with a classifier of the right size.");
  }
}
