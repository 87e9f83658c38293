package org.onnxghn.trainer.exec;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.OperatorSetIdProto;
import org.onnxghn.onnx.proto.TensorProto;
import org.onnxghn.onnx.proto.TensorShapeProto;
import org.onnxghn.onnx.proto.TypeProto;
import org.onnxghn.onnx.proto.ValueInfoProto;

/**
 * A model of one node, written as a line: {@code 17 Conv x[1,2,5,5] w[3,2,3,3] b[3] strides=[1,2]}.
 *
 * <p>The opset, the operator, then inputs and attributes in order: {@code x[2,3]} is a float64
 * input with values in (-1, 1), {@code x+[2,3]} in (0.3, 1.3), {@code x>[2,3]} in (1.2, 2.2);
 * {@code {1,0}} int64 initializer of one dimension, {@code {}7} a scalar, {@code {2,1}:0,1} one of
 * another shape, {@code {1,0}b} booleans, {@code {1,0}i} int32, {@code {1.0,0.5}f} float32, {@code
 * _} an absent input; {@code a=1}, {@code a=0.5}, {@code a=[1,2]}, {@code a=text} are attributes;
 * {@code ->2} is the number of outputs.
 */
record OneNode(OnnxModel model, Map<String, TestTensor> inputs, String line) {
  private static final Pattern INPUT = Pattern.compile("([a-z]\\w*)([+>]?)\\[([\\d,]*)\\]");
  private static final Pattern FLOATS = Pattern.compile("\\{([-\\d.,]*)\\}f(?::([-\\d.,]+))?");
  private static final Pattern INTS = Pattern.compile("\\{([-\\d,]*)\\}([bi]?)(?::?([-\\d,]+))?");

  /** The lines of a file beside this class, without comments. */
  static Stream<String> lines(String file) {
    try (InputStream in = OneNode.class.getResourceAsStream(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines().filter(line -> !line.isBlank() && !line.startsWith("#")).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** With float64 inputs. */
  static OneNode parse(String line) {
    return parse(line, ElementType.DOUBLE);
  }

  static OneNode parse(String line, ElementType type) {
    String[] words = line.trim().split("\\s+");
    String[] name = words[1].split("::");
    NodeProto.Builder node =
        NodeProto.newBuilder().setName("node").setOpType(name[name.length - 1]);
    if (name.length > 1) {
      node.setDomain(name[0]);
    }
    GraphProto.Builder graph = GraphProto.newBuilder().setName("graph");
    Map<String, TestTensor> inputs = new LinkedHashMap<>();
    Random random = new Random(line.hashCode());
    int outputs = 1;
    for (int i = 2; i < words.length; i++) {
      Matcher input = INPUT.matcher(words[i]);
      Matcher ints = INTS.matcher(words[i]);
      Matcher floats = FLOATS.matcher(words[i]);
      if (words[i].equals("_")) {
        node.addInput("");
      } else if (words[i].startsWith("->")) {
        outputs = Integer.parseInt(words[i].substring(2));
      } else if (input.matches()) {
        double low = input.group(2).isEmpty() ? -1 : input.group(2).equals("+") ? 0.3 : 1.2;
        long[] shape = longs(input.group(3));
        double high = low < 0 ? 1 : low + 1;
        inputs.put(input.group(1), TestTensor.uniform(type, random, low, high, shape));
        graph.addInput(declared(input.group(1), type, shape));
        node.addInput(input.group(1));
      } else if (floats.matches()) {
        graph.addInitializer(floats("i" + i, floats.group(1), floats.group(2)));
        node.addInput("i" + i);
      } else if (ints.matches()) {
        graph.addInitializer(initializer("i" + i, ints));
        node.addInput("i" + i);
      } else {
        node.addAttribute(attribute(words[i]));
      }
    }
    for (int i = 0; i < outputs; i++) {
      node.addOutput("y" + i);
      graph.addOutput(ValueInfoProto.newBuilder().setName("y" + i));
    }
    ModelProto.Builder model = ModelProto.newBuilder().setIrVersion(8);
    model.addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(Long.parseLong(words[0])));
    if (name.length > 1) {
      model.addOpsetImport(OperatorSetIdProto.newBuilder().setDomain(name[0]).setVersion(1));
    }
    return new OneNode(OnnxModel.of(model.setGraph(graph.addNode(node)).build()), inputs, line);
  }

  static ValueInfoProto declared(String name, ElementType type, long... shape) {
    TensorShapeProto.Builder dims = TensorShapeProto.newBuilder();
    for (long dim : shape) {
      dims.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(dim));
    }
    TypeProto.Tensor.Builder tensor =
        TypeProto.Tensor.newBuilder().setElemType(type.number()).setShape(dims);
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }

  private static TensorProto floats(String name, String first, String values) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(ElementType.FLOAT.number());
    for (String item : (values == null ? first : values).split(",")) {
      if (!item.isEmpty()) {
        tensor.addFloatData(Float.parseFloat(item));
      }
    }
    if (values == null) {
      return tensor.addDims(tensor.getFloatDataCount()).build();
    }
    for (long dim : longs(first)) {
      tensor.addDims(dim);
    }
    return tensor.build();
  }

  private static TensorProto initializer(String name, Matcher ints) {
    ElementType type =
        switch (ints.group(2)) {
          case "b" -> ElementType.BOOL;
          case "i" -> ElementType.INT32;
          default -> ElementType.INT64;
        };
    boolean shaped = ints.group(3) != null;
    long[] first = longs(ints.group(1));
    long[] values = shaped ? longs(ints.group(3)) : first;
    TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(type.number());
    for (long dim : shaped ? first : new long[] {values.length}) {
      tensor.addDims(dim);
    }
    for (long value : values) {
      if (type == ElementType.INT64) {
        tensor.addInt64Data(value);
      } else {
        tensor.addInt32Data((int) value);
      }
    }
    return tensor.build();
  }

  private static AttributeProto attribute(String word) {
    String key = word.substring(0, word.indexOf('='));
    String value = word.substring(word.indexOf('=') + 1);
    AttributeProto.Builder attribute = AttributeProto.newBuilder().setName(key);
    if (value.startsWith("[")) {
      String inner = value.substring(1, value.length() - 1);
      if (inner.contains(".")) {
        attribute.setType(AttributeProto.AttributeType.FLOATS);
        for (String item : inner.split(",")) {
          attribute.addFloats(Float.parseFloat(item));
        }
      } else if (inner.matches("[-\\d,]+")) {
        attribute.setType(AttributeProto.AttributeType.INTS);
        for (long item : longs(inner)) {
          attribute.addInts(item);
        }
      } else {
        attribute.setType(AttributeProto.AttributeType.STRINGS);
        for (String item : inner.split(",")) {
          attribute.addStrings(com.google.protobuf.ByteString.copyFromUtf8(item));
        }
      }
    } else if (value.matches("-?\\d+")) {
      attribute.setType(AttributeProto.AttributeType.INT).setI(Long.parseLong(value));
    } else if (value.matches("-?\\d+\\.\\d+")) {
      attribute.setType(AttributeProto.AttributeType.FLOAT).setF(Float.parseFloat(value));
    } else {
      attribute
          .setType(AttributeProto.AttributeType.STRING)
          .setS(com.google.protobuf.ByteString.copyFromUtf8(value));
    }
    return attribute.build();
  }

  private static long[] longs(String list) {
    List<Long> values = new ArrayList<>();
    for (String item : list.split(",")) {
      if (!item.isEmpty()) {
        values.add(Long.valueOf(item));
      }
    }
    return values.stream().mapToLong(Long::longValue).toArray();
  }
}
