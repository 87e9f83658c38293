package org.onnxghn.trainer.exec.ops;

import org.onnxghn.trainer.exec.Literals;
import org.onnxghn.trainer.exec.NodeCode;
import org.onnxghn.trainer.exec.TorchTypes;

/** Fourier transforms and the windows that go with them. */
final class Signals {
  private Signals() {}

  static void register(Operators.Registry registry) {
    registry.add("DFT", Signals::fourier);
    registry.add("STFT", Signals::shortTime);
    registry.add("HannWindow", n -> window(n, 0.5, 0.5, 0));
    registry.add("HammingWindow", n -> window(n, 25.0 / 46.0, 21.0 / 46.0, 0));
    registry.add("BlackmanWindow", n -> window(n, 0.42, 0.5, 0.08));
  }

  private static void fourier(NodeCode node) {
    // The axis became an input in version 20.
    String axis =
        node.opset() < 20
            ? Literals.of(node.attribute("axis", 1))
            : node.has(2) ? node.integer(2) : "-2";
    node.out(
        node.call(
            "dft",
            node.in(0),
            node.has(1) ? node.integer(1) : "None",
            axis,
            node.attribute("inverse", 0) != 0,
            node.attribute("onesided", 0) != 0));
  }

  /** Inputs: signal, step, window, length of a frame. */
  private static void shortTime(NodeCode node) {
    node.out(
        node.call(
            "stft",
            node.in(0),
            node.integer(1),
            node.optional(2),
            node.has(3) ? node.integer(3) : "None",
            node.attribute("onesided", 1) != 0));
  }

  /** Sums of cosines with these amplitudes. */
  private static void window(NodeCode node, double constant, double first, double second) {
    boolean periodic = node.attribute("periodic", 1) != 0;
    int type = TorchTypes.require(node.attribute("output_datatype", 1));
    String values =
        node.call("cosine_window", node.integer(0), periodic, constant, first, second, "device");
    node.out("torch.to(%s, %s)", values, Integer.toString(type));
  }
}
