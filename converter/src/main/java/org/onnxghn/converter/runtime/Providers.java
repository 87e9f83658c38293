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

  static void choose(OrtSession.SessionOptions options) throws OrtException {
    if (Boolean.getBoolean(GPU)
        && OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA)) {
      options.addCUDA();
    }
  }
}
