package org.onnxghn.converter.images;

/** One image cannot be decoded; the message says why. Becomes a {@link BadImage}. */
final class BadImageException extends Exception {
  BadImageException(String message) {
    super(message);
  }

  BadImageException(String message, Throwable cause) {
    super(message, cause);
  }
}
