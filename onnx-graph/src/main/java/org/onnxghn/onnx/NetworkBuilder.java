package org.onnxghn.onnx;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.AttributeProto.AttributeType;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.OperatorSetIdProto;
import org.onnxghn.onnx.proto.TensorProto;
import org.onnxghn.onnx.proto.TensorShapeProto;
import org.onnxghn.onnx.proto.TypeProto;
import org.onnxghn.onnx.proto.ValueInfoProto;

/**
 * Builds an ONNX model without weights, operator by operator: parameters are graph inputs with
 * names and shapes, as in a file that was exported without them. Values are handled by their names.
 *
 * <pre>
 *   NetworkBuilder net = new NetworkBuilder("net", 17);
 *   String x = net.input("input", "N", 3, 32, 32);
 *   String w = net.parameter("conv.weight", 16, 3, 3, 3);
 *   x = net.op("Conv", List.of(x, w), Map.of("pads", new long[] {1, 1, 1, 1}));
 *   OnnxModel model = net.output(x, "output", "N", 16, 32, 32).build();
 * </pre>
 */
public final class NetworkBuilder {
  /** IR version that came with opset 17. */
  private static final int IR_VERSION = 8;

  private final GraphProto.Builder graph = GraphProto.newBuilder();
  private final int opset;
  private final Map<String, Shape> parameters = new LinkedHashMap<>();
  private final Map<String, String> constants = new LinkedHashMap<>();
  private final Set<String> names = new LinkedHashSet<>();

  /**
   * An empty network.
   *
   * @param opset version of the default operator set
   */
  public NetworkBuilder(String name, int opset) {
    graph.setName(name);
    this.opset = opset;
  }

  /**
   * Declares a float32 input.
   *
   * @param dims numbers, or names of dimensions that are free
   */
  public String input(String name, Object... dims) {
    graph.addInput(value(unique(name), dims));
    return name;
  }

  /** Declares a float32 parameter. */
  public String parameter(String name, long... dims) {
    Object[] sizes = new Object[dims.length];
    for (int i = 0; i < dims.length; i++) {
      sizes[i] = dims[i];
    }
    graph.addInput(value(unique(name), sizes));
    parameters.put(name, Shape.of(dims));
    return name;
  }

  /** Names and shapes of all parameters so far, in the order in which they were declared. */
  public Map<String, Shape> parameters() {
    return Collections.unmodifiableMap(parameters);
  }

  /** A vector of int64, such as axes; equal ones are one initializer. */
  public String integers(long... values) {
    StringBuilder key = new StringBuilder("integers");
    for (long value : values) {
      key.append('_').append(value);
    }
    return constants.computeIfAbsent(
        key.toString(),
        name -> {
          TensorProto.Builder tensor =
              TensorProto.newBuilder()
                  .setName(unique(name))
                  .setDataType(ElementType.INT64.number());
          tensor.addDims(values.length);
          for (long value : values) {
            tensor.addInt64Data(value);
          }
          graph.addInitializer(tensor);
          return name;
        });
  }

  /** A float32 scalar, such as a divisor; equal ones are one initializer. */
  public String scalar(float value) {
    return constants.computeIfAbsent(
        "scalar_" + value,
        name -> {
          graph.addInitializer(
              TensorProto.newBuilder()
                  .setName(unique(name))
                  .setDataType(ElementType.FLOAT.number())
                  .addFloatData(value));
          return name;
        });
  }

  /** An operator without attributes; gives the name of its output. */
  public String op(String type, String... inputs) {
    return op(type, List.of(inputs), Map.of());
  }

  /** An operator with one output; gives its name. */
  public String op(String type, List<String> inputs, Map<String, ?> attributes) {
    return op(type, inputs, attributes, 1).get(0);
  }

  /**
   * An operator of the default operator set.
   *
   * @param attributes Long, Integer, Float, Double, String or long[] by name
   * @return names of the outputs
   */
  public List<String> op(String type, List<String> inputs, Map<String, ?> attributes, int outputs) {
    NodeProto.Builder node = NodeProto.newBuilder().setOpType(type);
    node.setName("/" + type + "_" + graph.getNodeCount());
    node.addAllInput(inputs);
    // In the order of their names: the same network has the same bytes, whatever the map.
    new TreeMap<>(attributes).forEach((name, value) -> node.addAttribute(attribute(name, value)));
    List<String> results = new ArrayList<>();
    for (int i = 0; i < outputs; i++) {
      results.add(unique(node.getName() + "_output_" + i));
    }
    node.addAllOutput(results);
    graph.addNode(node);
    return results;
  }

  /** Declares a float32 output of this name, made of a value. */
  public NetworkBuilder output(String value, String name, Object... dims) {
    graph.addNode(
        NodeProto.newBuilder()
            .setOpType("Identity")
            .setName("/" + name)
            .addInput(value)
            .addOutput(unique(name)));
    graph.addOutput(value(name, dims));
    return this;
  }

  /**
   * The model, checked.
   *
   * @throws OnnxException when it is not valid, such as for an unknown value or operator
   */
  public OnnxModel build() {
    return OnnxModel.of(
        ModelProto.newBuilder()
            .setIrVersion(IR_VERSION)
            .setProducerName("onnx-ghn")
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
            .setGraph(graph)
            .build());
  }

  private String unique(String name) {
    if (!names.add(name)) {
      throw new IllegalArgumentException("two values are called \"" + name + "\"");
    }
    return name;
  }

  private static AttributeProto attribute(String name, Object value) {
    AttributeProto.Builder attribute = AttributeProto.newBuilder().setName(name);
    if (value instanceof Float || value instanceof Double) {
      return attribute.setType(AttributeType.FLOAT).setF(((Number) value).floatValue()).build();
    } else if (value instanceof Number number) {
      return attribute.setType(AttributeType.INT).setI(number.longValue()).build();
    } else if (value instanceof String text) {
      return attribute.setType(AttributeType.STRING).setS(ByteString.copyFromUtf8(text)).build();
    } else if (value instanceof long[] integers) {
      attribute.setType(AttributeType.INTS);
      for (long integer : integers) {
        attribute.addInts(integer);
      }
      return attribute.build();
    }
    throw new IllegalArgumentException("attribute " + name + " is a " + value.getClass());
  }

  private static ValueInfoProto value(String name, Object... dims) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (Object dim : dims) {
      if (dim instanceof Number number) {
        shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(number.longValue()));
      } else {
        shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam(dim.toString()));
      }
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(ElementType.FLOAT.number())
                        .setShape(shape)))
        .build();
  }
}
