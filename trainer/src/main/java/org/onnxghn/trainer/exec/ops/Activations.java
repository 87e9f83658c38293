package org.onnxghn.trainer.exec.ops;

import org.onnxghn.trainer.exec.Literals;
import org.onnxghn.trainer.exec.NodeCode;

/** Activation functions of one input and constant settings. */
final class Activations {
  private Activations() {}

  static void register(Operators.Registry registry) {
    // Networks of cells often have one before each convolution of the same tensor.
    registry.add("Relu", n -> n.outShared("torch.relu(" + n.in(0) + ")"));
    registry.add("Sigmoid", n -> n.out("torch.sigmoid(" + n.in(0) + ")"));
    registry.add("Tanh", n -> n.out("torch.tanh(" + n.in(0) + ")"));
    registry.add("Softplus", n -> n.out("torch.softplus(" + n.in(0) + ")"));
    registry.add("Softsign", n -> n.out("torch.div(%1$s, torch.abs(%1$s) + 1)", n.in(0)));
    registry.add("Mish", n -> n.out("torch.mish(" + n.in(0) + ")"));
    registry.add("HardSwish", n -> n.out("torch.hardswish(" + n.in(0) + ")"));
    registry.add("LeakyRelu", n -> n.out("torch.leaky_relu(%s, %s)", n.in(0), alpha(n, 0.01)));
    registry.add("Elu", n -> n.out("torch.elu(%s, %s)", n.in(0), alpha(n, 1)));
    registry.add("Celu", n -> n.out("torch.celu(%s, %s)", n.in(0), alpha(n, 1)));
    registry.add("Selu", Activations::selu);
    registry.add("ThresholdedRelu", n -> n.out("torch.threshold(%s, %s, 0)", n.in(0), alpha(n, 1)));
    registry.add("HardSigmoid", Activations::hardSigmoid);
    registry.add("PRelu", n -> n.out(n.call("prelu", n.in(0), n.in(1), n.opset() < 7)));
    registry.add("Gelu", Activations::gelu);
    registry.add("com.microsoft::Gelu", n -> n.out("torch.gelu(%s)", n.in(0)));
    registry.add("com.microsoft::FastGelu", n -> n.out(tanhGelu(biased(n))));
    registry.add("com.microsoft::BiasGelu", n -> n.out("torch.gelu(%s)", biased(n)));
    registry.add(
        "com.microsoft::QuickGelu",
        n ->
            n.out(
                "torch.mul(%1$s, torch.sigmoid(torch.mul(%1$s, %2$s)))", n.in(0), alpha(n, 1.702)));
    registry.add(
        "Swish",
        n -> n.out("torch.mul(%1$s, torch.sigmoid(torch.mul(%1$s, %2$s)))", n.in(0), alpha(n, 1)));
    registry.add("Shrink", Activations::shrink);
    registry.add(
        "ScaledTanh", n -> n.out("torch.tanh(%s * %s) * %s", n.in(0), beta(n, 1), alpha(n, 1)));
    registry.add(
        "ParametricSoftplus",
        n -> n.out("torch.softplus(%s * %s) * %s", n.in(0), beta(n, 1), alpha(n, 1)));
    registry.add(
        "Scale", n -> n.out("torch.mul(%s, %s)", n.in(0), number(n.attribute("scale", 1.0))));
    registry.add("Affine", n -> n.out("%s * %s + %s", n.in(0), alpha(n, 1), beta(n, 0)));
    registry.add("Clip", Activations::clip);
    registry.add("Softmax", n -> softmax(n, "softmax"));
    registry.add("LogSoftmax", n -> softmax(n, "log_softmax"));
    registry.add("Hardmax", n -> softmax(n, "hardmax"));
  }

  private static String alpha(NodeCode node, double otherwise) {
    return number(node.attribute("alpha", otherwise));
  }

  private static String beta(NodeCode node, double otherwise) {
    return number(node.attribute("beta", otherwise));
  }

  static String number(double value) {
    return Literals.of(value);
  }

  /** The input plus the bias, where there is one. */
  private static String biased(NodeCode node) {
    return node.has(1)
        ? node.name("torch.add(%s, %s)".formatted(node.in(0), node.in(1)))
        : node.in(0);
  }

  private static String tanhGelu(String x) {
    return "torch.gelu(" + x + ", approximate=\"tanh\")";
  }

  private static void gelu(NodeCode node) {
    boolean tanh = node.attribute("approximate", "none").equals("tanh");
    node.out(tanh ? tanhGelu(node.in(0)) : "torch.gelu(" + node.in(0) + ")");
  }

  private static void selu(NodeCode node) {
    double alpha = node.attribute("alpha", node.opset() < 6 ? 1.6732 : 1.67326319217681884765625);
    double gamma = node.attribute("gamma", node.opset() < 6 ? 1.0507 : 1.05070102214813232421875);
    node.out("torch.elu(%s, %s, %s)", node.in(0), number(alpha), number(gamma));
  }

  private static void hardSigmoid(NodeCode node) {
    node.out(
        "torch.clamp(torch.add(torch.mul(%s, %s), %s), 0, 1)",
        node.in(0), alpha(node, 0.2), beta(node, 0.5));
  }

  private static void shrink(NodeCode node) {
    double bias = node.attribute("bias", 0.0);
    double lambda = node.attribute("lambd", 0.5);
    node.out(node.call("shrink", node.in(0), bias, lambda));
  }

  private static void clip(NodeCode node) {
    if (node.opset() < 11) {
      double max = node.attribute("max", Double.POSITIVE_INFINITY);
      double min = node.attribute("min", Double.NEGATIVE_INFINITY);
      node.out("torch.clamp(%s, %s, %s)", node.in(0), number(min), number(max));
      return;
    }
    if (!node.has(1) && !node.has(2)) {
      node.pass();
      return;
    }
    // Stored bounds are settings; PyTorch's clamp is fastest with numbers.
    Double min = node.has(1) ? node.scalar(1) : null;
    Double max = node.has(2) ? node.scalar(2) : null;
    boolean numbers = (!node.has(1) || min != null) && (!node.has(2) || max != null);
    node.out(
        "torch.clamp(%s, %s, %s)",
        node.in(0),
        numbers ? (min == null ? "None" : number(min)) : node.optional(1),
        numbers ? (max == null ? "None" : number(max)) : node.optional(2));
  }

  /** Before version 13 all dimensions from the axis on are one. */
  private static void softmax(NodeCode node, String function) {
    long axis = node.attribute("axis", node.opset() < 13 ? 1 : -1);
    String flat = node.opset() < 13 && axis != -1 ? "flat_" : "";
    if (flat.isEmpty() && !function.equals("hardmax")) {
      node.out("torch.%s(%s, %s)", function, node.in(0), Long.toString(axis));
    } else {
      node.out(node.call(flat + function, node.in(0), axis));
    }
  }
}
