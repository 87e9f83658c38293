package org.onnxghn.onnx;

import java.util.Locale;

/** Element types of ONNX tensors, with their numbers in {@code TensorProto.data_type}. */
public enum ElementType {
  UNDEFINED(0, 0),
  FLOAT(1, 32),
  UINT8(2, 8),
  INT8(3, 8),
  UINT16(4, 16),
  INT16(5, 16),
  INT32(6, 32),
  INT64(7, 64),
  STRING(8, 0),
  BOOL(9, 8),
  FLOAT16(10, 16),
  DOUBLE(11, 64),
  UINT32(12, 32),
  UINT64(13, 64),
  COMPLEX64(14, 64),
  COMPLEX128(15, 128),
  BFLOAT16(16, 16),
  FLOAT8E4M3FN(17, 8),
  FLOAT8E4M3FNUZ(18, 8),
  FLOAT8E5M2(19, 8),
  FLOAT8E5M2FNUZ(20, 8),
  UINT4(21, 4),
  INT4(22, 4),
  FLOAT4E2M1(23, 4),
  FLOAT8E8M0(24, 8),
  UINT2(25, 2),
  INT2(26, 2);

  private static final ElementType[] VALUES = values();

  private final int number;
  private final int bits;

  ElementType(int number, int bits) {
    this.number = number;
    this.bits = bits;
  }

  /**
   * The type with this number in ONNX files; {@link #UNDEFINED} for a number that is not known
   * here.
   */
  public static ElementType of(int number) {
    return number > 0 && number < VALUES.length ? VALUES[number] : UNDEFINED;
  }

  /** The number in {@code TensorProto.data_type}. */
  public int number() {
    return number;
  }

  /** Bits of one element in {@code raw_data}; 0 where elements have no fixed size. */
  public int bits() {
    return bits;
  }

  /** Whether trainable parameters come in this type: float32, float64, float16, bfloat16. */
  public boolean isTrainable() {
    return this == FLOAT || this == DOUBLE || this == FLOAT16 || this == BFLOAT16;
  }

  /** The name as ONNX Runtime and NumPy users write it, such as {@code float32}. */
  public String label() {
    return switch (this) {
      case FLOAT -> "float32";
      case DOUBLE -> "float64";
      default -> name().toLowerCase(Locale.ROOT);
    };
  }
}
