package org.onnxghn.trainer.eval;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.onnxghn.converter.report.JsonOutput;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.Role;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.TypeProto;
import org.onnxghn.onnx.proto.ValueInfoProto;
import org.onnxghn.trainer.exec.Autograd;
import org.onnxghn.trainer.exec.ExecutorException;
import org.onnxghn.trainer.exec.Program;
import org.onnxghn.trainer.train.NetworkFailure;
import org.onnxghn.trainer.train.TrainingException;

/**
 * How large a network's activations are, layer by layer (paper, Figures 6 and 9): the variance of
 * what each layer with a weight gives, before its normalisation, over images, channels and pixels.
 * BatchNorm uses the statistics of the batch.
 */
public final class ActivationVariance {
  private ActivationVariance() {}

  /**
   * Runs a batch through a model.
   *
   * @param name of the network
   * @param model with values; takes one input
   * @param images its first batch is used
   * @return variance by name of the layer's weight, from the input on; null where it is not finite
   * @throws TrainingException OG-541 when it does not run on the batch, or has no such layer
   */
  public static Map<String, Double> of(String name, OnnxModel model, EvaluationImages images) {
    ModelProto proto = model.toProto();
    Map<String, String> layers = layers(proto);
    if (layers.isEmpty()) {
      throw new TrainingException(
          TrainingException.NETWORK,
          "network " + name + " has no layer with a weight, but for those in functions",
          "Leave it out, or export it without functions.");
    }
    OnnxModel watched = watched(proto, layers);
    Shape shape = new Shape(images.batchSize(), images.channels(), images.height(), images.width());
    try (Program program = Program.compile(watched);
        NDManager manager = NDManager.newBaseManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      String input = program.inputs().get(0);
      Map<String, NDArray> batch = Map.of(input, manager.create(images.batch(0), shape));
      Map<String, NDArray> outputs;
      try {
        outputs =
            Autograd.off(() -> program.run(batch, Map.of(), Program.Mode.BATCH_STATISTICS))
                .outputs();
      } catch (ExecutorException e) {
        throw NetworkFailure.of(name, model, input, shape.get(0), e);
      }
      Map<String, Double> variances = new LinkedHashMap<>();
      layers.forEach((weight, value) -> variances.put(weight, variance(outputs.get(value))));
      return variances;
    }
  }

  /**
   * {@code summary} of shared/JSON.md, of the decimal logarithm of the geometric mean of each
   * network's variances: by split for the first kind of weights, for all as {@code sources}.
   *
   * @param networks with {@code variances} by layer, by kind of weights
   */
  public static ObjectNode summary(List<JsonNode> networks, String split) {
    Map<String, List<Double>> sources = new LinkedHashMap<>();
    for (JsonNode network : networks) {
      network
          .path("variances")
          .properties()
          .forEach(
              source -> {
                double mean = Math.log10(LayerVariances.of(source.getValue()).geometricMean());
                List<Double> all = sources.computeIfAbsent(source.getKey(), n -> new ArrayList<>());
                if (Double.isFinite(mean)) {
                  all.add(mean);
                }
              });
    }
    ObjectNode summary = JsonOutput.tree(Map.of());
    ObjectNode each = JsonOutput.tree(Map.of());
    sources.forEach(
        (name, all) -> {
          double[] values = all.stream().mapToDouble(Double::doubleValue).toArray();
          each.set(name, JsonOutput.tree(ZeroShot.Summary.of(values)));
        });
    if (!each.isEmpty()) {
      summary.set(split, each.elements().next());
    }
    summary.set("sources", each);
    return summary;
  }

  private static Double variance(NDArray values) {
    float[] all = values.toFloatArray();
    double sum = 0;
    double squares = 0;
    for (float value : all) {
      sum += value;
      squares += (double) value * value;
    }
    double mean = sum / all.length;
    double variance = squares / all.length - mean * mean;
    return Double.isFinite(variance) ? Math.max(0, variance) : null;
  }

  /** The value that each layer gives, by the name of its weight, in the order of the file. */
  private static Map<String, String> layers(ModelProto model) {
    Map<String, String> weights = new HashMap<>();
    for (Parameter parameter : GraphImporter.importGraph(numbered(model)).parameters()) {
      boolean layer =
          parameter.role() == Role.WEIGHT
              && parameter.shape().rank() >= 2
              && parameter.consumer() != null;
      if (layer) {
        weights.putIfAbsent(parameter.consumer().node(), parameter.name());
      }
    }
    Map<String, String> layers = new LinkedHashMap<>();
    List<NodeProto> nodes = model.getGraph().getNodeList();
    for (int i = 0; i < nodes.size(); i++) {
      String weight = weights.get(number(i));
      if (weight != null) {
        layers.put(weight, nodes.get(i).getOutput(0));
      }
    }
    return layers;
  }

  /** The model with a name for each node: those in the file may be missing, or the same for two. */
  private static OnnxModel numbered(ModelProto model) {
    ModelProto.Builder proto = model.toBuilder();
    List<NodeProto.Builder> nodes = proto.getGraphBuilder().getNodeBuilderList();
    for (int i = 0; i < nodes.size(); i++) {
      nodes.get(i).setName(number(i));
    }
    return OnnxModel.of(proto.build());
  }

  private static String number(int node) {
    return "node " + node;
  }

  /** The model with these values as further outputs. */
  private static OnnxModel watched(ModelProto proto, Map<String, String> layers) {
    GraphProto.Builder graph = proto.getGraph().toBuilder();
    List<String> declared = new ArrayList<>();
    graph.getOutputList().forEach(output -> declared.add(output.getName()));
    TypeProto type =
        TypeProto.newBuilder()
            .setTensorType(TypeProto.Tensor.newBuilder().setElemType(ElementType.FLOAT.number()))
            .build();
    for (String value : layers.values()) {
      if (!declared.contains(value)) {
        graph.addOutput(ValueInfoProto.newBuilder().setName(value).setType(type));
      }
    }
    return OnnxModel.of(proto.toBuilder().setGraph(graph).build());
  }
}
