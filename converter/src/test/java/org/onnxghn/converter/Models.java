package org.onnxghn.converter;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.OperatorSetIdProto;
import org.onnxghn.onnx.proto.TensorProto;
import org.onnxghn.onnx.proto.TensorShapeProto;
import org.onnxghn.onnx.proto.TypeProto;
import org.onnxghn.onnx.proto.ValueInfoProto;

/** Small models for tests. */
public final class Models {
  private Models() {}

  /** A model of opset 13 and IR version 8. */
  public static ModelProto model(GraphProto.Builder graph) {
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .setProducerName("test")
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(13))
        .setGraph(graph.setName("g"))
        .build();
  }

  /** A node named as its output. */
  public static NodeProto.Builder node(String opType, String output, String... inputs) {
    return NodeProto.newBuilder()
        .setOpType(opType)
        .setName(output + "_node")
        .addAllInput(java.util.List.of(inputs))
        .addOutput(output);
  }

  /** An attribute of integers. */
  public static AttributeProto ints(String name, long... values) {
    AttributeProto.Builder attribute =
        AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
    for (long value : values) {
      attribute.addInts(value);
    }
    return attribute.build();
  }

  /** A value of this type; a negative dimension is free and named d1, d2, … */
  public static ValueInfoProto value(String name, ElementType type, long... dims) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long dim : dims) {
      shape.addDim(
          dim < 0
              ? TensorShapeProto.Dimension.newBuilder().setDimParam("d" + -dim)
              : TensorShapeProto.Dimension.newBuilder().setDimValue(dim));
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder().setElemType(type.number()).setShape(shape)))
        .build();
  }

  /** A float32 initializer as raw data, with values 0.01, 0.02, … or all the one given. */
  public static TensorProto floats(String name, Float fill, long... dims) {
    int elements = 1;
    for (long dim : dims) {
      elements *= (int) dim;
    }
    ByteBuffer bytes = ByteBuffer.allocate(4 * elements).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < elements; i++) {
      bytes.putFloat(fill == null ? 0.01f * (i % 100 + 1) : fill);
    }
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(ElementType.FLOAT.number())
            .setRawData(ByteString.copyFrom(bytes.flip()));
    for (long dim : dims) {
      tensor.addDims(dim);
    }
    return tensor.build();
  }
}
