package org.onnxghn.trainer.deepnets;

import java.util.Map;
import org.onnxghn.onnx.OnnxModel;

/**
 * A network to be initialised.
 *
 * @param name unique among its kind
 * @param model with parameters as graph inputs; takes images (N, channels, height, width), gives
 *     (N, classes)
 * @param properties what a report says of it
 */
public record Architecture(String name, OnnxModel model, Map<String, String> properties) {}
