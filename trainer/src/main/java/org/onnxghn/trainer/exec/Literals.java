package org.onnxghn.trainer.exec;

import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** Numbers as TorchScript text. */
public final class Literals {
  /** The extremes, which mean "to the end" in ONNX, stay within what PyTorch can add to. */
  private static final long BOUND = 1L << 62;

  private Literals() {}

  /** An integer. */
  public static String of(long value) {
    return Long.toString(Math.max(-BOUND, Math.min(BOUND, value)));
  }

  /** A list of integers. */
  public static String of(long[] values) {
    return LongStream.of(values).mapToObj(Literals::of).collect(Collectors.joining(", ", "[", "]"));
  }

  /** A floating-point number. */
  public static String of(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    return Double.toString(value);
  }

  /** Any operand of a call; a string is text already. */
  static String of(Object operand) {
    if (operand == null) {
      throw new Unsupported("an input is missing");
    }
    if (operand instanceof long[] values) {
      return of(values);
    }
    if (operand instanceof Double value) {
      return of(value.doubleValue());
    }
    if (operand instanceof Boolean value) {
      return value ? "True" : "False";
    }
    return operand instanceof Long value ? of(value.longValue()) : operand.toString();
  }
}
