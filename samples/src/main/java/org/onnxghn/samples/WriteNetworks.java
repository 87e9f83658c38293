package org.onnxghn.samples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.WriteOptions;

/**
 * Writes well-known networks for 32x32 images as ONNX files without weights, to be initialised by
 * {@code onnx-ghn convert} and trained by {@code onnx-ghn finetune}.
 */
public final class WriteNetworks {
  private WriteNetworks() {}

  /** Usage: WriteNetworks FOLDER [CLASSES]. */
  public static void main(String[] args) throws IOException {
    if (args.length < 1 || args.length > 2 || args[0].startsWith("-")) {
      System.err.println("Usage: WriteNetworks FOLDER [CLASSES]");
      System.exit(2);
    }
    Path folder = Files.createDirectories(Path.of(args[0]));
    int classes = args.length > 1 ? Integer.parseInt(args[1]) : 10;
    for (Map.Entry<String, IntFunction<OnnxModel>> network : all().entrySet()) {
      Path file = folder.resolve(network.getKey() + ".onnx");
      network.getValue().apply(classes).write(file, WriteOptions.DEFAULT);
      System.out.println("wrote " + file);
    }
  }

  /** Networks by name, made for a number of classes. */
  static Map<String, IntFunction<OnnxModel>> all() {
    Map<String, IntFunction<OnnxModel>> networks = new LinkedHashMap<>();
    networks.put("resnet20", classes -> ConvolutionalNetworks.resnet(3, classes));
    networks.put("resnet32", classes -> ConvolutionalNetworks.resnet(5, classes));
    networks.put("resnet56", classes -> ConvolutionalNetworks.resnet(9, classes));
    networks.put("resnext29", ConvolutionalNetworks::resnext29);
    networks.put("vgg11-bn", ConvolutionalNetworks::vgg11);
    networks.put("densenet40", ConvolutionalNetworks::densenet40);
    networks.put("squeezenet", ConvolutionalNetworks::squeezenet);
    networks.put("mobilenet-small", MobileNetworks::mobilenetSmall);
    networks.put("mobilenetv2", MobileNetworks::mobilenetV2);
    networks.put("shufflenetv2", MobileNetworks::shufflenetV2);
    networks.put("efficientnet-small", MobileNetworks::efficientnetSmall);
    networks.put("vit-small", TokenNetworks::vit);
    networks.put("mlp-mixer", TokenNetworks::mixer);
    networks.put("convnext-pico", TokenNetworks::convnextPico);
    return networks;
  }
}
