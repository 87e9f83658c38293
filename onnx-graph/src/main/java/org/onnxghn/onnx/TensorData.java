package org.onnxghn.onnx;

import static org.onnxghn.onnx.OnnxCodes.quote;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.onnxghn.onnx.proto.TensorProto;

/**
 * The values inside a {@code TensorProto}: which field holds them, how many there must be, and what
 * they are as float32 or int64. External data is {@link ExternalRegion}'s.
 */
final class TensorData {
  /** The field of a TensorProto that holds the values. */
  enum Field {
    RAW(TensorProto.RAW_DATA_FIELD_NUMBER),
    FLOATS(TensorProto.FLOAT_DATA_FIELD_NUMBER),
    DOUBLES(TensorProto.DOUBLE_DATA_FIELD_NUMBER),
    INT32S(TensorProto.INT32_DATA_FIELD_NUMBER),
    INT64S(TensorProto.INT64_DATA_FIELD_NUMBER),
    UINT64S(TensorProto.UINT64_DATA_FIELD_NUMBER),
    STRINGS(TensorProto.STRING_DATA_FIELD_NUMBER),
    EXTERNAL(TensorProto.EXTERNAL_DATA_FIELD_NUMBER);

    private final int number;

    Field(int number) {
      this.number = number;
    }

    /** The field's number in TensorProto. */
    int number() {
      return number;
    }
  }

  private TensorData() {}

  /** The field that holds the values, or would hold them. */
  static Field fieldOf(TensorProto tensor) {
    if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
      return Field.EXTERNAL;
    }
    Field typed = typedField(ElementType.of(tensor.getDataType()));
    boolean raw =
        tensor.hasRawData() && (!tensor.getRawData().isEmpty() || count(tensor, typed) == 0);
    return raw ? Field.RAW : typed;
  }

  private static Field typedField(ElementType type) {
    return switch (type) {
      case FLOAT, COMPLEX64 -> Field.FLOATS;
      case DOUBLE, COMPLEX128 -> Field.DOUBLES;
      case INT64 -> Field.INT64S;
      case UINT32, UINT64 -> Field.UINT64S;
      case STRING -> Field.STRINGS;
      default -> Field.INT32S;
    };
  }

  private static long count(TensorProto tensor, Field field) {
    return switch (field) {
      case RAW -> tensor.getRawData().size();
      case FLOATS -> tensor.getFloatDataCount();
      case DOUBLES -> tensor.getDoubleDataCount();
      case INT32S -> tensor.getInt32DataCount();
      case INT64S -> tensor.getInt64DataCount();
      case UINT64S -> tensor.getUint64DataCount();
      case STRINGS -> tensor.getStringDataCount();
      case EXTERNAL -> 0;
    };
  }

  /**
   * The shape that the dimensions give.
   *
   * @param where the tensor, for messages
   * @throws OnnxException OG-106 for negative or overflowing dimensions, OG-103 for too high a rank
   */
  static Shape shape(List<Long> dims, ModelLimits limits, String where) {
    if (dims.size() > limits.rank()) {
      throw new OnnxException(
          OnnxCodes.OVER_LIMIT,
          where + " has rank " + dims.size() + "; the limit is " + limits.rank(),
          "No network needs such a rank; the file is damaged or hostile.");
    }
    try {
      return Shape.of(dims);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new OnnxException(
          OnnxCodes.SHAPE,
          where + " has dimensions " + dims + ", which are negative or overflow",
          "The file is damaged; export the model again.",
          e);
    }
  }

  /** Bytes of this many elements in {@code raw_data}; -1 where the type has no fixed size. */
  static long rawBytes(ElementType type, long elements, String where) {
    if (type.bits() == 0) {
      return -1;
    }
    try {
      return type.bits() < 8
          ? Math.addExact(Math.multiplyExact(elements, (long) type.bits()), 7) / 8
          : Math.multiplyExact(elements, (long) (type.bits() / 8));
    } catch (ArithmeticException e) {
      throw new OnnxException(
          OnnxCodes.SHAPE,
          where + " has " + elements + " elements, whose bytes overflow",
          "The file is damaged; export the model again.",
          e);
    }
  }

  /**
   * Checks that the values are as many as the shape asks for.
   *
   * @param folder where external data is, or null when the model is in memory
   * @throws OnnxException OG-103, OG-106, OG-107, OG-120 to OG-123
   */
  static void check(TensorProto tensor, ModelLimits limits, ModelFolder folder, String where) {
    Shape shape = shape(tensor.getDimsList(), limits, where);
    ElementType type = ElementType.of(tensor.getDataType());
    boolean unknownType = type == ElementType.UNDEFINED && tensor.getDataType() > 0;
    if (type == ElementType.UNDEFINED && !unknownType) {
      throw bad(where + " has no data type (" + tensor.getDataType() + ")");
    }
    if (tensor.hasSegment()) {
      throw bad(where + " is stored in segments, which no runtime supports");
    }
    Field field = fieldOf(tensor);
    long raw = rawBytes(type, shape.elements(), where);
    if (raw < 0 && !unknownType && (field == Field.RAW || field == Field.EXTERNAL)) {
      throw bad(where + " of type " + type.label() + " cannot be raw or external data");
    }
    if (field == Field.EXTERNAL) {
      if (folder == null) {
        throw new OnnxException(
            OnnxCodes.EXTERNAL_IN_MEMORY,
            where + " has external data, but the model is not read from a file",
            "Read the model from its file.");
      }
      folder.locate(tensor, raw, where);
      return;
    }
    if (unknownType) {
      return; // newer than this program: kept as it is
    }
    long needed = needed(field, type, shape.elements(), raw);
    long count = count(tensor, field);
    if (count != needed) {
      String unit = field == Field.RAW ? " bytes" : " values";
      throw bad(
          "%s (%s, %s) has %d%s in %s, its shape needs %d"
              .formatted(where, shape, type.label(), count, unit, fieldName(field), needed));
    }
  }

  private static long needed(Field field, ElementType type, long elements, long raw) {
    if (field == Field.RAW) {
      return raw;
    }
    return switch (type) {
      case COMPLEX64, COMPLEX128 -> Math.multiplyExact(elements, 2L);
      case INT4, UINT4, FLOAT4E2M1, INT2, UINT2 -> raw; // packed into bytes, a byte per int32
      default -> elements;
    };
  }

  private static String fieldName(Field field) {
    return TensorProto.getDescriptor().findFieldByNumber(field.number()).getName();
  }

  private static OnnxException bad(String message) {
    return new OnnxException(
        OnnxCodes.DATA, message, "The file is damaged; export the model again, or copy it again.");
  }

  /** The values of an inline tensor of a floating-point type, as float32; the shape is checked. */
  static float[] floats(TensorProto tensor, ElementType type, int elements) {
    float[] values = new float[elements];
    switch (fieldOf(tensor)) {
      case RAW -> {
        ByteBuffer raw = tensor.getRawData().asReadOnlyByteBuffer();
        decode(raw.order(ByteOrder.LITTLE_ENDIAN), type, values, 0);
      }
      case FLOATS -> {
        for (int i = 0; i < elements; i++) {
          values[i] = tensor.getFloatData(i);
        }
      }
      case DOUBLES -> {
        for (int i = 0; i < elements; i++) {
          values[i] = (float) tensor.getDoubleData(i);
        }
      }
      default -> {
        for (int i = 0; i < elements; i++) {
          short bits = (short) tensor.getInt32Data(i);
          values[i] =
              type == ElementType.FLOAT16 ? HalfFloats.fromHalf(bits) : HalfFloats.fromBfloat(bits);
        }
      }
    }
    return values;
  }

  /** The values of an inline float64 tensor; the shape is checked. */
  static double[] doubles(TensorProto tensor, int elements) {
    double[] values = new double[elements];
    if (fieldOf(tensor) == Field.RAW) {
      ByteBuffer raw = tensor.getRawData().asReadOnlyByteBuffer();
      decode(raw.order(ByteOrder.LITTLE_ENDIAN), values, 0);
    } else {
      Arrays.setAll(values, tensor::getDoubleData);
    }
    return values;
  }

  /** Reads little-endian float64 from {@code at} on; the number of values read. */
  static int decode(ByteBuffer raw, double[] values, int at) {
    int count = raw.remaining() / Double.BYTES;
    raw.asDoubleBuffer().get(values, at, count);
    return count;
  }

  /** Converts little-endian bytes to float32 from {@code at} on; the number of values read. */
  static int decode(ByteBuffer bytes, ElementType type, float[] values, int at) {
    int count = bytes.remaining() / (type.bits() / 8);
    switch (type) {
      case FLOAT -> bytes.asFloatBuffer().get(values, at, count);
      case DOUBLE -> {
        for (int i = 0; i < count; i++) {
          values[at + i] = (float) bytes.getDouble();
        }
      }
      case FLOAT16 -> {
        for (int i = 0; i < count; i++) {
          values[at + i] = HalfFloats.fromHalf(bytes.getShort());
        }
      }
      case BFLOAT16 -> {
        for (int i = 0; i < count; i++) {
          values[at + i] = HalfFloats.fromBfloat(bytes.getShort());
        }
      }
      default -> throw new IllegalArgumentException("not a floating-point type: " + type);
    }
    return count;
  }

  /** The values of an inline tensor of an integer type or bool, as int64; the shape is checked. */
  static long[] longs(TensorProto tensor, ElementType type, int elements) {
    long[] values = new long[elements];
    Field field = fieldOf(tensor);
    if (field == Field.RAW) {
      ByteBuffer raw = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
      decode(raw, type, values, 0);
      return values;
    }
    for (int i = 0; i < elements; i++) {
      values[i] =
          switch (field) {
            case INT64S -> tensor.getInt64Data(i);
            case UINT64S -> tensor.getUint64Data(i);
            default -> tensor.getInt32Data(i);
          };
    }
    return values;
  }

  /** Converts little-endian bytes to int64 from {@code at} on; the number of values read. */
  static int decode(ByteBuffer bytes, ElementType type, long[] values, int at) {
    int count = bytes.remaining() / (type.bits() / 8);
    for (int i = 0; i < count; i++) {
      values[at + i] =
          switch (type) {
            case INT64, UINT64 -> bytes.getLong();
            case INT32 -> bytes.getInt();
            case UINT32 -> Integer.toUnsignedLong(bytes.getInt());
            case INT16 -> bytes.getShort();
            case UINT16 -> Short.toUnsignedLong(bytes.getShort());
            case INT8 -> bytes.get();
            case UINT8, BOOL -> Byte.toUnsignedLong(bytes.get());
            default -> throw new IllegalArgumentException("not an integer type: " + type);
          };
    }
    return count;
  }

  /** A tensor in words, for messages. */
  static String describe(TensorProto tensor) {
    return "tensor " + quote(tensor.getName());
  }
}
