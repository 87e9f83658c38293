package org.onnxghn.converter.runtime;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;

/** Where ONNX Runtime computes with many images: on the GPU after {@code onnx-ghn --gpu}. */
final class Providers {
  /** The launcher sets it. */
  private static final String GPU = "onnxghn.gpu";

  private Providers() {}

  /** Whether a GPU was asked for. */
  static boolean isGpu() {
    return Boolean.getBoolean(GPU);
  }

  static void choose(OrtSession.SessionOptions options) throws OrtException {
    if (isGpu() && OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA)) {
      options.addCUDA();
    }
  }
}
