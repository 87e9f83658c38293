package org.onnxghn.converter;

import org.onnxghn.converter.initializers.FallbackMethod;
import org.onnxghn.converter.initializers.Fans;
import org.onnxghn.converter.initializers.RandomStream;
import org.onnxghn.converter.initializers.Target;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.Role;
import org.onnxghn.onnx.Shape;

/** Values for parameters that are not predicted. */
final class Fallback {
  private final FallbackMethod method;
  private final long seed;
  private final LayerFans fans;

  Fallback(ImportedGraph imported, FallbackMethod method, long seed) {
    this.method = method;
    this.seed = seed;
    this.fans = new LayerFans(imported);
  }

  /** The whole tensor, in stored order. */
  float[] values(Parameter parameter) {
    if (parameter.slots().isEmpty()) {
      // Nothing says how the layer's layout becomes the stored one. Independent draws need not
      // know;
      // an orthogonal matrix is one in its stored shape too.
      return fill(parameter, parameter.role(), parameter.shape(), fans.of(parameter), "");
    }
    return Placement.stored(parameter, slot -> sample(parameter, slot));
  }

  /** One slot, in the hypernetwork's layout. */
  float[] sample(Parameter parameter, ParameterSlot slot) {
    Fans layer = slot.role() == Role.BIAS ? fans.of(parameter) : Fans.of(slot.shape());
    String part = slot.layout().part() == null ? "" : "@" + slot.layout().part().offset();
    return fill(parameter, slot.role(), slot.shape(), layer, part);
  }

  private float[] fill(Parameter parameter, Role role, Shape shape, Fans layer, String part) {
    float[] values = new float[Tensors.arrayLength(parameter.name(), shape)];
    Target target = new Target(parameter.name(), role, shape, layer, hidden(parameter));
    method
        .initializer()
        .fill(values, target, RandomStream.of(seed, "fallback", parameter.name() + part));
    return values;
  }

  /**
   * From ONNX's LSTM, GRU and RNN: W and R are (directions, gates x hidden, …), B has both biases,
   * P three peepholes. A model that puts them together from parts has matrices (gates x hidden, …)
   * and single biases.
   */
  private static long hidden(Parameter parameter) {
    if (parameter.consumer() == null) {
      return 0;
    }
    long gates =
        switch (parameter.consumer().opType()) {
          case "LSTM" -> 4;
          case "GRU" -> 3;
          default -> 1;
        };
    int rank = parameter.shape().rank();
    return switch (parameter.role()) {
      case RECURRENT_INPUT_WEIGHT, RECURRENT_WEIGHT -> {
        boolean peepholes = parameter.consumer().input() == 7 && rank > 0;
        yield peepholes
            ? parameter.shape().dim(rank - 1) / 3
            : rank < 2 ? 0 : parameter.shape().dim(rank - 2) / gates;
      }
      case RECURRENT_BIAS ->
          rank == 0 ? 0 : parameter.shape().dim(rank - 1) / (rank == 1 ? gates : 2 * gates);
      default -> 0;
    };
  }
}
