package org.onnxghn.ghn.decoder;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.onnxghn.ghn.GhnException;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.GraphNode;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.Role;
import org.onnxghn.onnx.Shape;

/**
 * A parameter to decode.
 *
 * @param row of the node features that it is decoded from
 * @param slot the parameter; its shape is the target shape
 * @param classifier whether it is the classifier's weight or bias, which the class heads decode
 */
public record DecoderTarget(int row, ParameterSlot slot, boolean classifier) {
  /** Kernels with a longer side would need too much memory to be enlarged. */
  private static final long MAX_SIDE = 1 << 20;

  /**
   * All slots of a graph.
   *
   * @param offset row of the graph's first node
   * @throws GhnException OG-351 for a shape that no decoder makes
   */
  public static List<DecoderTarget> of(ComputationalGraph graph, int offset) {
    OptionalInt weight = graph.classifierWeight();
    OptionalInt bias = graph.classifierBias();
    List<DecoderTarget> targets = new ArrayList<>();
    for (GraphNode node : graph.nodes()) {
      boolean isWeight = weight.isPresent() && weight.getAsInt() == node.index();
      boolean isBias = bias.isPresent() && bias.getAsInt() == node.index();
      for (ParameterSlot slot : node.slots()) {
        check(slot);
        boolean classifier =
            isBias ? slot.shape().rank() == 1 : isWeight && isClassWeight(slot.shape());
        targets.add(new DecoderTarget(offset + node.index(), slot, classifier));
      }
    }
    return targets;
  }

  /** The class head makes matrices; a classifier that is a larger convolution is decoded as one. */
  private static boolean isClassWeight(Shape shape) {
    return shape.rank() == 2 || shape.rank() == 4 && shape.dim(2) == 1 && shape.dim(3) == 1;
  }

  /** True for a (1, length, channels) position encoding, which is decoded as a square grid. */
  boolean isSequence() {
    return slot.shape().rank() == 3;
  }

  /** True for what is added and not multiplied. */
  boolean isBias() {
    return slot.role() == Role.BIAS || slot.role() == Role.NORM_BIAS;
  }

  private static void check(ParameterSlot slot) {
    Shape shape = slot.shape();
    boolean known =
        switch (shape.rank()) {
          case 1, 2 -> true;
          case 4 -> shape.dim(2) <= MAX_SIDE && shape.dim(3) <= MAX_SIDE;
          case 3 -> slot.role() == Role.POSITION_ENCODING && shape.dim(0) == 1;
          default -> false;
        };
    if (!known || shape.elements() < 1 || shape.elements() > Integer.MAX_VALUE - 8) {
      throw new GhnException(
          "OG-351",
          "parameter \"" + slot.parameter() + "\" of shape " + shape + " cannot be decoded",
          "convert it with --checkpoint none, which predicts nothing");
    }
  }
}
