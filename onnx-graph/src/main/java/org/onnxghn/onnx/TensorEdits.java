package org.onnxghn.onnx;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.FunctionProto;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.TensorProto;

/**
 * Puts new values into a model. The values stay in the caller's arrays until the model is written;
 * the model holds a tensor without data in each place, and everything around is shared with the
 * original.
 */
final class TensorEdits {
  /** Initializers that are not graph inputs exist since this IR version. */
  private static final long FREE_INITIALIZERS = 4;

  /**
   * Values of a tensor that has none in the protobuf.
   *
   * @param floats in stored order
   * @param field of the tensor that they go to when they are not external
   */
  record Values(float[] floats, TensorData.Field field) {}

  /** A model, and the values of those of its tensors that have none, by identity. */
  record Edited(ModelProto model, Map<TensorProto, Values> values) {}

  private static final Comparator<StoredTensor> FILE_ORDER =
      Comparator.comparing(StoredTensor::form).thenComparingInt(tensor -> tensor.place().index());

  /** A subgraph that has been replaced. */
  private record NewGraph(Body body, GraphProto graph) {}

  private final ModelProto model;
  private final Map<TensorProto, Values> before;
  private final Map<TensorProto, Values> values;

  private TensorEdits(Edited original) {
    this.model = original.model();
    this.before = original.values();
    this.values = new IdentityHashMap<>(original.values());
  }

  /**
   * @param bodies of the model, parents first
   * @param edits new values by tensor; they fit its shape and type
   * @param kept copies that are to have the old values of their initializers
   */
  static Edited apply(
      Edited original,
      List<Body> bodies,
      Map<StoredTensor, float[]> edits,
      List<StoredTensor> kept) {
    return new TensorEdits(original).apply(bodies, edits, kept);
  }

  private Edited apply(
      List<Body> bodies, Map<StoredTensor, float[]> edits, List<StoredTensor> kept) {
    Map<Integer, List<StoredTensor>> changed = new HashMap<>();
    List<StoredTensor> all = new ArrayList<>(edits.keySet());
    all.addAll(kept);
    for (StoredTensor tensor : all) {
      changed
          .computeIfAbsent(tensor.place().body().index(), index -> new ArrayList<>())
          .add(tensor);
    }
    // What is appended keeps the order of the file, whatever the order of the map.
    changed.values().forEach(list -> list.sort(FILE_ORDER));
    Map<Integer, List<NewGraph>> children = new HashMap<>();
    ModelProto.Builder result = model.toBuilder();
    for (int b = bodies.size() - 1; b >= 0; b--) {
      Body body = bodies.get(b);
      List<StoredTensor> tensors = changed.getOrDefault(b, List.of());
      List<NewGraph> inner = children.getOrDefault(b, List.of());
      if (tensors.isEmpty() && inner.isEmpty()) {
        continue;
      }
      List<NodeProto> nodes = new ArrayList<>(body.nodes());
      inner.forEach(child -> replaceGraph(nodes, child));
      if (body.kind() == Body.Kind.FUNCTION) {
        tensors.forEach(tensor -> editNode(nodes, tensor, edits.get(tensor)));
        FunctionProto function = body.function();
        result.setFunctions(
            body.owner(), function.toBuilder().clearNode().addAllNode(nodes).build());
        continue;
      }
      GraphProto graph = editGraph(body.graph(), nodes, tensors, edits);
      if (body.kind() == Body.Kind.MAIN) {
        result.setGraph(graph);
      } else {
        children
            .computeIfAbsent(body.parent().index(), index -> new ArrayList<>())
            .add(new NewGraph(body, graph));
      }
    }
    return new Edited(result.build(), values);
  }

  private GraphProto editGraph(
      GraphProto graph,
      List<NodeProto> nodes,
      List<StoredTensor> tensors,
      Map<StoredTensor, float[]> edits) {
    GraphProto.Builder result = graph.toBuilder();
    Set<Integer> inputs = new HashSet<>();
    Set<Integer> sparse = new HashSet<>();
    boolean freeInitializers = model.getIrVersion() >= FREE_INITIALIZERS;
    for (StoredTensor tensor : tensors) {
      int index = tensor.place().index();
      float[] floats = edits.get(tensor);
      switch (tensor.form()) {
        case INITIALIZER ->
            result.setInitializer(index, withoutData(graph.getInitializer(index), floats));
        case SPARSE_INITIALIZER -> {
          sparse.add(index);
          TensorProto old = graph.getSparseInitializer(index).getValues();
          result.addInitializer(newTensor(tensor, old.getNameBytes(), floats));
        }
        case GRAPH_INPUT -> {
          if (freeInitializers) {
            inputs.add(index);
          }
          result.addInitializer(newTensor(tensor, graph.getInput(index).getNameBytes(), floats));
        }
        case CONSTANT_OF_SHAPE, INITIALIZER_COPY -> {
          if (freeInitializers) {
            ByteString output = nodes.set(index, null).getOutputBytes(0);
            result.addInitializer(newTensor(tensor, output, floats));
          } else {
            editNode(nodes, tensor, floats);
          }
        }
        case CONSTANT_NODE -> editNode(nodes, tensor, floats);
      }
    }
    result.clearNode().addAllNode(nodes.stream().filter(Objects::nonNull).toList());
    if (!inputs.isEmpty()) {
      result.clearInput().addAllInput(without(graph.getInputList(), inputs));
    }
    if (!sparse.isEmpty()) {
      result
          .clearSparseInitializer()
          .addAllSparseInitializer(without(graph.getSparseInitializerList(), sparse));
    }
    return result.build();
  }

  /** A Constant gets the values in the attribute that it has; another node becomes a Constant. */
  private void editNode(List<NodeProto> nodes, StoredTensor tensor, float[] floats) {
    int index = tensor.place().index();
    NodeProto node = nodes.get(index);
    if (tensor.form() != StoredTensor.Form.CONSTANT_NODE) {
      AttributeProto value =
          AttributeProto.newBuilder()
              .setName("value")
              .setType(AttributeProto.AttributeType.TENSOR)
              .setT(newTensor(tensor, ByteString.EMPTY, floats))
              .build();
      NodeProto.Builder constant = node.toBuilder().setOpType("Constant").clearInput();
      nodes.set(index, constant.clearAttribute().addAttribute(value).build());
      return;
    }
    int a = tensor.place().attribute();
    AttributeProto.Builder attribute = node.getAttribute(a).toBuilder();
    switch (attribute.getName()) {
      case "value_float" -> attribute.setF(floats[0]);
      case "value_floats" -> {
        attribute.clearFloats();
        for (float value : floats) {
          attribute.addFloats(value);
        }
      }
      default -> attribute.setT(withoutData(attribute.getT(), floats));
    }
    nodes.set(index, node.toBuilder().setAttribute(a, attribute).build());
  }

  private static void replaceGraph(List<NodeProto> nodes, NewGraph child) {
    Body body = child.body();
    NodeProto node = nodes.get(body.owner());
    AttributeProto.Builder attribute = node.getAttribute(body.attribute()).toBuilder();
    if (body.item() < 0) {
      attribute.setG(child.graph());
    } else {
      attribute.setGraphs(body.item(), child.graph());
    }
    nodes.set(body.owner(), node.toBuilder().setAttribute(body.attribute(), attribute).build());
  }

  /** The tensor with everything but its data, which are noted to come from the array. */
  private TensorProto withoutData(TensorProto tensor, float[] floats) {
    Values old = values.remove(tensor);
    TensorData.Field field = old != null ? old.field() : TensorData.fieldOf(tensor);
    TensorProto header =
        tensor.toBuilder()
            .clearRawData()
            .clearFloatData()
            .clearDoubleData()
            .clearInt32Data()
            .build();
    values.put(header, new Values(floats, field));
    return header;
  }

  /** What takes the place of another form; without new values, of a copy that is kept. */
  private TensorProto newTensor(StoredTensor tensor, ByteString name, float[] floats) {
    if (floats == null) {
      return keptTensor(tensor, name);
    }
    TensorProto.Builder header = TensorProto.newBuilder().setDataType(tensor.type().number());
    for (long dim : tensor.shape().dims()) {
      header.addDims(dim);
    }
    if (!name.isEmpty()) {
      header.setNameBytes(name);
    }
    TensorProto result = header.build();
    values.put(result, new Values(floats, TensorData.Field.RAW));
    return result;
  }

  /**
   * What the initializer of a copy was, under the copy's name. The data are shared: they cost no
   * memory, are not rounded, and stay external, or missing, where they were.
   */
  private TensorProto keptTensor(StoredTensor copy, ByteString name) {
    TensorProto old = copy.source().tensor();
    TensorProto.Builder header = old.toBuilder().clearName();
    if (!name.isEmpty()) {
      header.setNameBytes(name);
    }
    TensorProto result = header.build();
    Values oldValues = before.get(old);
    if (oldValues != null) {
      values.put(result, oldValues);
    }
    return result;
  }

  private static <T> List<T> without(List<T> all, Set<Integer> dropped) {
    List<T> kept = new ArrayList<>(all.size() - dropped.size());
    for (int i = 0; i < all.size(); i++) {
      if (!dropped.contains(i)) {
        kept.add(all.get(i));
      }
    }
    return kept;
  }
}
