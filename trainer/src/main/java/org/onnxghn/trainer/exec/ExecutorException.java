package org.onnxghn.trainer.exec;

import java.util.List;
import java.util.stream.Collectors;
import org.onnxghn.onnx.OnnxGhnException;

/** A model cannot be run by the executor, or was given the wrong tensors. Codes OG-5xx. */
public final class ExecutorException extends OnnxGhnException {
  /** The model has operators that the executor does not run; {@link #unsupported} lists them. */
  public static final String UNSUPPORTED = "OG-500";

  /** An input or a parameter without data was not given. */
  public static final String MISSING = "OG-501";

  /** A tensor was given under a name that the program does not take. */
  public static final String UNKNOWN_NAME = "OG-502";

  /** PyTorch refused an operation of the program while it ran. */
  public static final String FAILED = "OG-503";

  /** The tensors given are of different devices. */
  public static final String DEVICES = "OG-504";

  private final transient List<UnsupportedOperator> unsupported;

  ExecutorException(String code, String message, String fix, Throwable cause) {
    super(code, message, fix, cause);
    this.unsupported = List.of();
  }

  ExecutorException(List<UnsupportedOperator> unsupported) {
    super(
        UNSUPPORTED,
        "the executor cannot run %d node(s) of the model: %s"
            .formatted(
                unsupported.size(),
                unsupported.stream()
                    .limit(20)
                    .map(UnsupportedOperator::toString)
                    .collect(Collectors.joining("; "))),
        "See SUPPORTED_OPS.md; export the model with other operators.",
        null);
    this.unsupported = List.copyOf(unsupported);
  }

  /** All nodes that cannot be run; empty unless the code is {@link #UNSUPPORTED}. */
  public List<UnsupportedOperator> unsupported() {
    return unsupported;
  }
}
