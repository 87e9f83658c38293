package org.onnxghn.converter.report;

import java.util.List;

/**
 * One trainable tensor of the result.
 *
 * @param name as stored
 * @param shape as stored
 * @param dtype such as {@code float32}
 * @param role such as {@code norm_weight}
 * @param source where the values come from
 * @param primitive of the graph's node, or null when no node stands for it
 * @param reason why it was not predicted, or null
 * @param mean null when the tensor has no values
 * @param std null when the tensor has no values
 * @param l2 null when the tensor has no values
 * @param first8 the first elements as stored
 */
public record ParameterReport(
    String name,
    List<Long> shape,
    String dtype,
    String role,
    Source source,
    String primitive,
    String reason,
    Double mean,
    Double std,
    Double l2,
    List<Double> first8) {

  /** Number of elements. */
  public long elements() {
    return shape.stream().reduce(1L, (a, b) -> a * b);
  }
}
