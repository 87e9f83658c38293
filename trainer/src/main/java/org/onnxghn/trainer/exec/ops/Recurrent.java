package org.onnxghn.trainer.exec.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.onnxghn.trainer.exec.Literals;
import org.onnxghn.trainer.exec.NodeCode;
import org.onnxghn.trainer.exec.Unsupported;

/** RNN, GRU and LSTM: step by step, in each direction, with every setting of ONNX but few. */
final class Recurrent {
  /** Activation functions, by the numbers that the library has for them. */
  private static final List<String> ACTIVATIONS =
      List.of(
          "tanh",
          "sigmoid",
          "relu",
          "affine",
          "leakyrelu",
          "thresholdedrelu",
          "scaledtanh",
          "hardsigmoid",
          "elu",
          "softsign",
          "softplus");

  private static final Set<String> WITH_ALPHA =
      Set.of("affine", "leakyrelu", "thresholdedrelu", "scaledtanh", "hardsigmoid", "elu");

  private static final Set<String> WITH_BETA = Set.of("affine", "scaledtanh", "hardsigmoid");

  private Recurrent() {}

  static void register(Operators.Registry registry) {
    registry.add("RNN", n -> layers(n, "rnn", "Tanh"));
    registry.add("GRU", n -> layers(n, "gru", "Sigmoid", "Tanh"));
    registry.add("LSTM", n -> layers(n, "lstm", "Sigmoid", "Tanh", "Tanh"));
  }

  private static void layers(NodeCode node, String kind, String... defaults) {
    String direction = node.attribute("direction", "forward");
    long mode =
        switch (direction) {
          case "forward" -> 0;
          case "reverse" -> 1;
          case "bidirectional" -> 2;
          default -> throw new Unsupported("another direction");
        };
    List<Object> operands = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      operands.add(i < 2 ? node.in(i + 1) : node.optional(3));
    }
    operands.add(0, node.in(0));
    operands.add(node.optional(4));
    operands.add(node.optional(5));
    if (kind.equals("lstm")) {
      operands.add(node.optional(6));
      operands.add(node.optional(7));
    }
    operands.add(mode);
    operands.add(node.attribute("layout", 0) != 0);
    operands.add(node.hasAttribute("clip") ? node.attribute("clip", 0.0) : 0.0);
    int functions = mode == 2 ? 2 * defaults.length : defaults.length;
    long[] activations = activations(node, functions, defaults);
    operands.add(activations);
    operands.add(settings(node, "activation_alpha", activations, WITH_ALPHA));
    operands.add(settings(node, "activation_beta", activations, WITH_BETA));
    if (kind.equals("gru")) {
      operands.add(node.attribute("linear_before_reset", 0) != 0);
    }
    if (kind.equals("lstm")) {
      operands.add(node.attribute("input_forget", 0) != 0);
    }
    String results = node.name(node.call(kind, operands.toArray()));
    for (int i = 0; i < (kind.equals("lstm") ? 3 : 2); i++) {
      node.out(i, results + "[" + i + "]");
    }
  }

  private static long[] activations(NodeCode node, int count, String... defaults) {
    List<String> names = node.strings("activations");
    long[] numbers = new long[count];
    for (int i = 0; i < count; i++) {
      String name = names.isEmpty() ? defaults[i % defaults.length] : item(names, i);
      numbers[i] = ACTIVATIONS.indexOf(name.toLowerCase(Locale.ROOT));
      if (numbers[i] < 0) {
        throw new Unsupported("an activation of another kind");
      }
    }
    return numbers;
  }

  private static String item(List<String> names, int index) {
    if (index >= names.size()) {
      throw new Unsupported("too few activations");
    }
    return names.get(index);
  }

  /**
   * The settings of each activation. The file has them for the activations that take one, in order.
   * NaN where the file says nothing: the library has the activation's default then.
   */
  private static String settings(
      NodeCode node, String attribute, long[] activations, Set<String> takers) {
    double[] values = node.floats(attribute);
    int count = values == null ? 0 : values.length;
    List<String> result = new ArrayList<>();
    int next = 0;
    for (long activation : activations) {
      boolean takes = takers.contains(ACTIVATIONS.get((int) activation));
      result.add(Literals.of(takes && next < count ? values[next++] : Double.NaN));
    }
    return "[" + String.join(", ", result) + "]";
  }
}
