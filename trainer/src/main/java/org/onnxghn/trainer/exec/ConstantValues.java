package org.onnxghn.trainer.exec;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.proto.TensorProto;

/** The one value of a tensor attribute with one element. */
public final class ConstantValues {
  private ConstantValues() {}

  /** As an integer. */
  public static long longOf(TensorProto tensor) {
    if (tensor.getInt64DataCount() > 0) {
      return tensor.getInt64Data(0);
    }
    // Beyond 2^53 a double would round it.
    return tensor.getDataType() == ElementType.INT64.number()
            && tensor.getRawData().size() >= Long.BYTES
        ? tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).getLong()
        : (long) doubleOf(tensor);
  }

  /** As a floating-point number; 0 and 1 for bool. */
  public static double doubleOf(TensorProto tensor) {
    if (!tensor.getRawData().isEmpty()) {
      return raw(tensor.getRawData(), ElementType.of(tensor.getDataType()));
    }
    if (tensor.getFloatDataCount() > 0) {
      return tensor.getFloatData(0);
    }
    if (tensor.getDoubleDataCount() > 0) {
      return tensor.getDoubleData(0);
    }
    if (tensor.getInt64DataCount() > 0) {
      return tensor.getInt64Data(0);
    }
    if (tensor.getInt32DataCount() > 0 && ElementType.of(tensor.getDataType()).bits() != 16) {
      return tensor.getInt32Data(0);
    }
    throw new Unsupported("a constant of type " + ElementType.of(tensor.getDataType()).label());
  }

  private static double raw(ByteString data, ElementType type) {
    if (data.size() < type.bits() / 8) {
      throw new Unsupported("a constant whose data are too short");
    }
    ByteBuffer bytes = data.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    return switch (type) {
      case FLOAT -> bytes.getFloat();
      case DOUBLE -> bytes.getDouble();
      case INT64, UINT64 -> bytes.getLong();
      case INT32, UINT32 -> bytes.getInt();
      case INT16, UINT16 -> bytes.getShort();
      case INT8, UINT8, BOOL -> bytes.get();
      default -> throw new Unsupported("a constant of type " + type.label());
    };
  }
}
