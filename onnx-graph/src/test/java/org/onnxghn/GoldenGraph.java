package org.onnxghn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.GraphNode;
import org.onnxghn.graph.Layout;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.Primitive;
import org.onnxghn.graph.Role;
import org.onnxghn.onnx.Shape;

/**
 * Reads the reference's graphs ({@code golden/graphs}) and predictions ({@code golden/T} and its
 * like), so that tests of the hypernetwork do not depend on the importer.
 */
public final class GoldenGraph {
  private static final ObjectMapper JSON = new ObjectMapper();

  private GoldenGraph() {}

  /** A JSON file below {@code shared}, unzipped when its name ends in {@code .gz}. */
  public static JsonNode json(String relative) {
    try (InputStream in = SharedData.open(relative)) {
      return JSON.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The graph with the parameters that a golden prediction has: their real shapes, and the norm
   * biases, are only there.
   *
   * @param graph such as {@code golden/graphs/resnet18.nc10.json.gz}
   * @param prediction such as {@code golden/small/resnet18.json.gz}
   */
  public static ComputationalGraph read(String graph, String prediction) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    json(prediction)
        .get("tensors")
        .forEach(tensor -> shapes.put(tensor.get("name").asText(), shape(tensor.get("shape"))));
    return graph(json(graph), shapes);
  }

  /**
   * The graph alone, with the shapes of its nodes; each norm layer has a bias. Position encodings
   * become (1, channels, height, width).
   */
  public static ComputationalGraph read(String graph) {
    JsonNode json = json(graph);
    Map<String, Shape> shapes = new LinkedHashMap<>();
    for (JsonNode node : json.get("nodes")) {
      JsonNode size = size(node);
      if (hasParameter(node) && size != null) {
        String name = node.get("param_name").asText();
        shapes.put(name, shape(size));
        if (isNorm(primitive(node))) {
          shapes.put(biasName(name), shape(size));
        }
      }
    }
    return graph(json, shapes);
  }

  private static ComputationalGraph graph(JsonNode json, Map<String, Shape> shapes) {
    List<GraphNode> nodes = new ArrayList<>();
    for (JsonNode node : json.get("nodes")) {
      nodes.add(node(nodes.size(), node, shapes));
    }
    int[][] successors = new int[nodes.size()][0];
    for (JsonNode edge : json.get("edges_1hop")) {
      int from = edge.get(0).asInt();
      int[] row = Arrays.copyOf(successors[from], successors[from].length + 1);
      row[row.length - 1] = edge.get(1).asInt();
      successors[from] = row;
    }
    IntStream.range(0, successors.length).forEach(from -> Arrays.sort(successors[from]));
    return new ComputationalGraph(nodes, successors);
  }

  private static GraphNode node(int index, JsonNode json, Map<String, Shape> shapes) {
    String name = json.get("param_name").asText();
    Primitive primitive = primitive(json);
    List<ParameterSlot> slots = new ArrayList<>();
    Shape shape = shapes.get(name);
    if (hasParameter(json) && shape != null) {
      slots.add(slot(name, role(primitive), shape));
      if (isNorm(primitive) && shapes.containsKey(biasName(name))) {
        slots.add(slot(biasName(name), Role.NORM_BIAS, shapes.get(biasName(name))));
      }
    } else if (size(json) != null) {
      shape = shape(size(json));
    }
    return new GraphNode(index, primitive, shape, slots, name);
  }

  private static ParameterSlot slot(String name, Role role, Shape shape) {
    return new ParameterSlot(name, role, shape, Layout.IDENTITY);
  }

  private static Role role(Primitive primitive) {
    return switch (primitive) {
      case BIAS -> Role.BIAS;
      case BN, LN -> Role.NORM_WEIGHT;
      case POS_ENC -> Role.POSITION_ENCODING;
      default -> Role.WEIGHT;
    };
  }

  private static boolean hasParameter(JsonNode node) {
    return node.get("has_param").asBoolean();
  }

  private static boolean isNorm(Primitive primitive) {
    return primitive == Primitive.BN || primitive == Primitive.LN;
  }

  private static String biasName(String weight) {
    return weight.replaceFirst("\\.weight$", ".bias");
  }

  private static Primitive primitive(JsonNode node) {
    return Primitive.values()[node.get("prim").asInt()];
  }

  private static JsonNode size(JsonNode node) {
    JsonNode info = node.get("info");
    return info == null || info.get("size") == null || info.get("size").isNull()
        ? null
        : info.get("size");
  }

  private static Shape shape(JsonNode dims) {
    return Shape.of(
        StreamSupport.stream(dims.spliterator(), false).mapToLong(JsonNode::asLong).toArray());
  }
}
