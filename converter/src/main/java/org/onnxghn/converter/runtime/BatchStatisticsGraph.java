package org.onnxghn.converter.runtime;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.TensorProto;
import org.onnxghn.onnx.proto.TensorShapeProto;
import org.onnxghn.onnx.proto.TypeProto;
import org.onnxghn.onnx.proto.ValueInfoProto;

/**
 * A model rewritten so that each BatchNormalization normalises by the mean and variance of the
 * batch and reports both: its only outputs are {@link #mean} and {@link #variance} of every layer,
 * and only nodes that these need are left.
 *
 * <p>The statistics are computed by plain operators on {@code X} seen as {@code N x C x L}, so that
 * neither rank nor shape of {@code X} needs to be known: {@code m = mean(X)}, {@code v = mean((X -
 * m)^2)} over {@code N} and {@code L}, in float32.
 */
final class BatchStatisticsGraph {
  /** Since version 18 the axes of ReduceMean are an input. */
  private static final long AXES_ARE_INPUT = 18;

  private final long opset;
  private final String prefix;
  private final List<NodeProto> nodes = new ArrayList<>();

  private BatchStatisticsGraph(long opset, String prefix) {
    this.opset = opset;
    this.prefix = prefix;
  }

  /**
   * @param model with all values in it, of operator set 7 or newer
   * @param layers those whose statistics are wanted
   * @param input the image input, whose dimensions but channels become free; null leaves them as
   *     they are
   * @return the rewritten model
   */
  static ModelProto of(
      ModelProto model, long opset, List<BatchNormLayer> layers, ImageInput input) {
    GraphProto graph = model.getGraph();
    String prefix = freshPrefix(graph);
    BatchStatisticsGraph rewriting = new BatchStatisticsGraph(opset, prefix);
    Map<Integer, Integer> layerOf = new HashMap<>();
    for (int i = 0; i < layers.size(); i++) {
      layerOf.put(layers.get(i).node(), i);
    }
    rewriting.addConstants();
    for (int i = 0; i < graph.getNodeCount(); i++) {
      Integer layer = layerOf.get(i);
      if (layer == null) {
        rewriting.nodes.add(graph.getNode(i));
      } else {
        rewriting.addLayer(graph.getNode(i), layer, layers.get(layer).mean().type());
      }
    }
    GraphProto.Builder result =
        graph.toBuilder().clearNode().clearOutput().clearValueInfo().clearQuantizationAnnotation();
    Set<String> wanted = new HashSet<>();
    for (int i = 0; i < layers.size(); i++) {
      for (String name : List.of(mean(prefix, i), variance(prefix, i))) {
        wanted.add(name);
        result.addOutput(floatValue(name));
      }
    }
    result.addAllNode(needed(rewriting.nodes, wanted));
    if (input != null) {
      free(result, input, prefix);
    }
    return model.toBuilder().setGraph(result).build();
  }

  /** Batch, rows and columns may be of any size: convolutions do not mind. */
  private static void free(GraphProto.Builder graph, ImageInput input, String prefix) {
    for (ValueInfoProto.Builder value : graph.getInputBuilderList()) {
      if (value.getName().equals(input.name())) {
        TensorShapeProto.Builder shape =
            value.getTypeBuilder().getTensorTypeBuilder().getShapeBuilder();
        for (int axis : input.channelsLast() ? new int[] {0, 1, 2} : new int[] {0, 2, 3}) {
          shape.getDimBuilder(axis).setDimParam(prefix + "axis" + axis);
        }
      }
    }
  }

  /** Names of the outputs: mean, then variance of each layer, in order. */
  private static String mean(String prefix, int layer) {
    return prefix + layer + ".mean";
  }

  private static String variance(String prefix, int layer) {
    return prefix + layer + ".variance";
  }

  /** Which no name of the graph begins with. */
  private static String freshPrefix(GraphProto graph) {
    Set<String> names = new HashSet<>();
    graph.getNodeList().forEach(node -> names.addAll(node.getOutputList()));
    graph.getInitializerList().forEach(tensor -> names.add(tensor.getName()));
    graph.getInputList().forEach(value -> names.add(value.getName()));
    String prefix = "onnx-ghn.";
    for (String name : names) {
      if (name.startsWith(prefix)) {
        int end = prefix.length();
        while (end < name.length() && name.charAt(end) == '_') {
          end++;
        }
        prefix = name.substring(0, end) + "_";
      }
    }
    return prefix;
  }

  private void addConstants() {
    addConstant("planes", 0, 0, -1);
    addConstant("vector", -1);
    addConstant("axes", 0, 2);
  }

  private void addConstant(String name, long... values) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setDataType(ElementType.INT64.number()).addDims(values.length);
    for (long value : values) {
      tensor.addInt64Data(value);
    }
    AttributeProto value =
        AttributeProto.newBuilder()
            .setName("value")
            .setType(AttributeProto.AttributeType.TENSOR)
            .setT(tensor)
            .build();
    nodes.add(node("Constant", prefix + name).addAttribute(value).build());
  }

  private void addLayer(NodeProto original, int layer, ElementType stored) {
    String id = prefix + layer;
    String planes = id + ".planes";
    nodes.add(node("Reshape", planes, original.getInput(0), prefix + "planes").build());
    if (stored != ElementType.FLOAT) {
      nodes.add(cast(planes + ".float", planes, ElementType.FLOAT));
      planes += ".float";
    }
    nodes.add(reduceMean(id + ".mean3", planes));
    nodes.add(node("Sub", id + ".difference", planes, id + ".mean3").build());
    nodes.add(node("Mul", id + ".square", id + ".difference", id + ".difference").build());
    nodes.add(reduceMean(id + ".variance3", id + ".square"));
    String mean = mean(prefix, layer);
    String variance = variance(prefix, layer);
    nodes.add(node("Reshape", mean, id + ".mean3", prefix + "vector").build());
    nodes.add(node("Reshape", variance, id + ".variance3", prefix + "vector").build());
    if (stored != ElementType.FLOAT) {
      nodes.add(cast(mean + ".stored", mean, stored));
      nodes.add(cast(variance + ".stored", variance, stored));
      mean += ".stored";
      variance += ".stored";
    }
    NodeProto.Builder copy = original.toBuilder().setInput(3, mean).setInput(4, variance);
    // In training mode it would compute the same again, and ONNX Runtime cannot.
    copy.clearOutput().addOutput(original.getOutput(0)).clearAttribute();
    for (AttributeProto attribute : original.getAttributeList()) {
      if (!attribute.getName().equals("training_mode")) {
        copy.addAttribute(attribute);
      }
    }
    nodes.add(copy.build());
  }

  private NodeProto reduceMean(String output, String input) {
    if (opset >= AXES_ARE_INPUT) {
      return node("ReduceMean", output, input, prefix + "axes").build();
    }
    AttributeProto axes =
        AttributeProto.newBuilder()
            .setName("axes")
            .setType(AttributeProto.AttributeType.INTS)
            .addInts(0)
            .addInts(2)
            .build();
    return node("ReduceMean", output, input).addAttribute(axes).build();
  }

  private static NodeProto cast(String output, String input, ElementType type) {
    AttributeProto to =
        AttributeProto.newBuilder()
            .setName("to")
            .setType(AttributeProto.AttributeType.INT)
            .setI(type.number())
            .build();
    return node("Cast", output, input).addAttribute(to).build();
  }

  private static NodeProto.Builder node(String opType, String output, String... inputs) {
    return NodeProto.newBuilder().setOpType(opType).addAllInput(List.of(inputs)).addOutput(output);
  }

  private static ValueInfoProto floatValue(String name) {
    TypeProto.Tensor tensor =
        TypeProto.Tensor.newBuilder().setElemType(ElementType.FLOAT.number()).build();
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }

  /** Those that the values depend on, in their order. */
  private static List<NodeProto> needed(List<NodeProto> nodes, Set<String> values) {
    Map<String, Integer> producers = new HashMap<>();
    for (int i = 0; i < nodes.size(); i++) {
      List<String> outputs = nodes.get(i).getOutputList();
      for (String output : outputs) {
        producers.put(output, i);
      }
    }
    Deque<String> open = new ArrayDeque<>(values);
    boolean[] keep = new boolean[nodes.size()];
    while (!open.isEmpty()) {
      Integer producer = producers.get(open.remove());
      if (producer != null && !keep[producer]) {
        keep[producer] = true;
        addReads(nodes.get(producer), open);
      }
    }
    List<NodeProto> kept = new ArrayList<>();
    for (int i = 0; i < keep.length; i++) {
      if (keep[i]) {
        kept.add(nodes.get(i));
      }
    }
    return kept;
  }

  /** Its inputs, and all names that its subgraphs mention: they may be of the outer graph. */
  private static void addReads(NodeProto node, Deque<String> reads) {
    Deque<NodeProto> open = new ArrayDeque<>(List.of(node));
    while (!open.isEmpty()) {
      NodeProto next = open.remove();
      reads.addAll(next.getInputList());
      for (AttributeProto attribute : next.getAttributeList()) {
        List<GraphProto> graphs = new ArrayList<>(attribute.getGraphsList());
        if (attribute.hasG()) {
          graphs.add(attribute.getG());
        }
        for (GraphProto graph : graphs) {
          graph.getOutputList().forEach(value -> reads.add(value.getName()));
          open.addAll(graph.getNodeList());
        }
      }
    }
  }
}
