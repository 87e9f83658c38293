package org.onnxghn.converter.runtime;

/** A model declares an input that no trial value can be made for. */
final class UnusableInputException extends Exception {
  private static final long serialVersionUID = 1;

  UnusableInputException(String message) {
    super(message);
  }
}
