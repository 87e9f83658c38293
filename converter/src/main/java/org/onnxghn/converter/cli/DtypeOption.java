package org.onnxghn.converter.cli;

import org.onnxghn.onnx.ElementType;
import picocli.CommandLine.Option;

/** The mixin for {@code --dtype} of a checkpoint. */
public final class DtypeOption {
  /** In which type the weights are stored. */
  public enum Dtype {
    FLOAT32(ElementType.FLOAT),
    FLOAT16(ElementType.FLOAT16);

    private final ElementType type;

    Dtype(ElementType type) {
      this.type = type;
    }
  }

  @Option(
      names = "--dtype",
      paramLabel = "float32|float16",
      description = "In which type the weights are stored (default: float32).")
  private Dtype dtype = Dtype.FLOAT32;

  /** As chosen. */
  public ElementType type() {
    return dtype.type;
  }
}
