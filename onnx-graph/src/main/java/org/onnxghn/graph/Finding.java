package org.onnxghn.graph;

import java.util.Locale;

/**
 * Something that the user should know about a model: what could not be seen, predicted or
 * initialised, and what to do.
 *
 * @param code stable, {@code OG-} and three digits
 * @param message what and why, for people
 * @param node name of the ONNX node as stored, or null
 * @param opType its operator, or null
 * @param domain its domain, {@code ai.onnx} for the default one, or null
 * @param tensor name of the tensor as stored, or null
 * @param elements number of its elements, or 0
 * @param fix what the user can do
 */
public record Finding(
    String code,
    Severity severity,
    String message,
    String node,
    String opType,
    String domain,
    String tensor,
    long elements,
    String fix) {

  /** How bad it is. */
  public enum Severity {
    ERROR,
    WARNING,
    NOTE;

    /** As it stands in our output. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
