package org.onnxghn.trainer.exec.ops;

import java.util.Arrays;
import org.onnxghn.trainer.exec.Literals;
import org.onnxghn.trainer.exec.NodeCode;
import org.onnxghn.trainer.exec.TorchTypes;
import org.onnxghn.trainer.exec.Unsupported;

/**
 * Random tensors, from the seed of the run. The {@code seed} attribute is left out of account: a
 * network that draws the same noise at every step is not what its author trained.
 */
final class RandomNumbers {
  private RandomNumbers() {}

  static void register(Operators.Registry registry) {
    registry.add("RandomNormal", n -> normal(n, shape(n)));
    registry.add("RandomNormalLike", n -> normal(n, "torch.size(" + n.in(0) + ")"));
    registry.add("RandomUniform", n -> uniform(n, shape(n)));
    registry.add("RandomUniformLike", n -> uniform(n, "torch.size(" + n.in(0) + ")"));
    registry.add(
        "Bernoulli",
        n ->
            n.out(
                "torch.to(torch.bernoulli(%s, generator=%s), %s)",
                n.in(0), n.generator(), type(n)));
    registry.add(
        "Multinomial",
        n ->
            n.out(
                "torch.to(torch.multinomial(torch.softmax(%s, 1), %s, True, generator=%s), %s)",
                n.in(0),
                Long.toString(n.attribute("sample_size", 1)),
                n.generator(),
                Integer.toString(TorchTypes.require(n.attribute("dtype", 6)))));
  }

  private static String shape(NodeCode node) {
    long[] shape = node.integers("shape");
    if (shape == null) {
      throw new Unsupported("it has no shape");
    }
    return Arrays.toString(shape);
  }

  private static String type(NodeCode node) {
    if (node.hasAttribute("dtype")) {
      return Integer.toString(TorchTypes.require(node.attribute("dtype", 1)));
    }
    return node.inputs() > 0 ? "(" + node.in(0) + ").dtype" : "6";
  }

  private static void normal(NodeCode node, String shape) {
    node.out(
        "torch.to(torch.randn(%s, generator=%s, device=device) * %s + %s, %s)",
        shape,
        node.generator(),
        Literals.of(node.attribute("scale", 1.0)),
        Literals.of(node.attribute("mean", 0.0)),
        type(node));
  }

  private static void uniform(NodeCode node, String shape) {
    double low = node.attribute("low", 0.0);
    double high = node.attribute("high", 1.0);
    node.out(
        "torch.to(torch.rand(%s, generator=%s, device=device) * %s + %s, %s)",
        shape, node.generator(), Literals.of(high - low), Literals.of(low), type(node));
  }
}
