package org.onnxghn.ghn.decoder;

import org.onnxghn.onnx.Shape;

/**
 * What a target needs of the convolution decoder's output, (C, C, S, S).
 *
 * @param target what is decoded
 * @param outputs rows of the first axis
 * @param inputs rows of the second axis
 * @param window positions
 */
record ConvTarget(DecoderTarget target, int outputs, int inputs, KernelWindow window) {

  static ConvTarget of(DecoderTarget target, int maxChannels, int grid, boolean centred) {
    Shape shape = target.slot().shape();
    if (target.isSequence()) {
      long side = (long) Math.sqrt(shape.dim(1));
      int channels = (int) Math.min(shape.dim(2), maxChannels);
      return new ConvTarget(target, 1, channels, KernelWindow.of(side, side, grid, centred));
    }
    // The class head maps all C outputs to classes.
    int outputs = target.classifier() ? maxChannels : (int) Math.min(shape.dim(0), maxChannels);
    int inputs = (int) Math.min(shape.dim(1), maxChannels);
    boolean matrix = shape.rank() == 2;
    KernelWindow window =
        KernelWindow.of(matrix ? 1 : shape.dim(2), matrix ? 1 : shape.dim(3), grid, centred);
    return new ConvTarget(target, outputs, inputs, window);
  }
}
