package org.onnxghn.trainer.exec;

/**
 * A node that the executor cannot run.
 *
 * @param node its name as stored, or that of its first output where it has none
 * @param operator the operator, with its domain unless that is the default one
 * @param reason why
 */
public record UnsupportedOperator(String node, String operator, String reason) {
  @Override
  public String toString() {
    return "node '" + node + "' (" + operator + "): " + reason;
  }
}
