package org.onnxghn.onnx;

/**
 * The one family of exceptions that this project throws on purpose: the input, the checkpoint or
 * the request is refused.
 *
 * <p>Every refusal has a stable code ({@code OG-…}, listed in the README), says what is wrong and
 * where, and what the user can do. Anything else that escapes is a bug of ours.
 */
public abstract class OnnxGhnException extends RuntimeException {
  private final String code;
  private final String fix;

  /**
   * @param code stable code, {@code OG-} and three digits
   * @param message what is wrong, and in which file, node or tensor (names as stored)
   * @param fix what the user can do about it
   * @param cause the exception that brought this one about, or null
   */
  protected OnnxGhnException(String code, String message, String fix, Throwable cause) {
    super(message, cause);
    this.code = code;
    this.fix = fix;
  }

  /** The stable code, {@code OG-} and three digits. */
  public final String code() {
    return code;
  }

  /** What the user can do. */
  public final String fix() {
    return fix;
  }
}
