package org.onnxghn.converter.runtime;

import com.fasterxml.jackson.annotation.JsonIgnore;

/**
 * What ONNX Runtime says about a model.
 *
 * @param runtime name and version
 * @param loaded whether a session could be made
 * @param ran whether it ran on random inputs
 * @param finite whether all floating-point outputs were finite
 * @param seconds all of it, wall clock
 * @param problem ONNX Runtime's words when something failed, else null
 */
public record Verification(
    String runtime,
    boolean loaded,
    boolean ran,
    boolean finite,
    double seconds,
    @JsonIgnore String problem) {

  /** Whether all of it held. */
  public boolean passed() {
    return loaded && ran && finite;
  }
}
