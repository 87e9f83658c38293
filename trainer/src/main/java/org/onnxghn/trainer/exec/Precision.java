package org.onnxghn.trainer.exec;

import java.util.Locale;

/** With what numbers a program multiplies matrices. All else is as in float32. */
public enum Precision {
  /** As the file says. */
  FLOAT32(6),
  /** 16 bits, 5 of them for the exponent: small gradients vanish unless the loss is scaled. */
  FLOAT16(5),
  /** 16 bits, 8 of them for the exponent. */
  BFLOAT16(15);

  private final int torchType;

  Precision(int torchType) {
    this.torchType = torchType;
  }

  int torchType() {
    return torchType;
  }

  /** As configurations name it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
