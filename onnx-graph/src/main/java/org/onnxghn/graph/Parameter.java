package org.onnxghn.graph;

import java.util.List;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.Shape;

/**
 * A tensor of the target network that training would change (or a BatchNorm statistic, whose role
 * is not trainable).
 *
 * @param name the ONNX name; where sibling subgraphs hold the same name, followed by {@code @} and
 *     the path of the subgraph
 * @param shape as stored
 * @param type as stored
 * @param role of its first use
 * @param slots where the hypernetwork's tensors go in it; together they cover all of it, or there
 *     are none
 * @param consumer the operator that uses it first, and how
 */
public record Parameter(
    String name,
    Shape shape,
    ElementType type,
    Role role,
    List<ParameterSlot> slots,
    Consumer consumer) {
  /** Copies the slots. */
  public Parameter {
    slots = List.copyOf(slots);
  }

  /**
   * A use of a parameter by an operator.
   *
   * @param node name of the ONNX node as stored
   * @param domain {@code ai.onnx} for the default one
   * @param opType such as {@code ConvTranspose}
   * @param input which input of the operator
   * @param layerShape shape of the tensor as the operator sees it, in the hypernetwork's layout:
   *     dim 0 is outputs
   * @param groups the operator's {@code group} attribute, 1 where it has none
   */
  public record Consumer(
      String node, String domain, String opType, int input, Shape layerShape, long groups) {}
}
