package org.onnxghn.samples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.WriteOptions;
import org.onnxghn.trainer.deepnets.ArchitectureHash;

/**
 * Writes random relatives of well-known networks for 32x32 images as ONNX files without weights:
 * architectures for {@code onnx-ghn train --architectures}. No two are equal, and none is one of
 * {@link WriteNetworks}.
 */
public final class WriteRandomNetworks {
  private WriteRandomNetworks() {}

  /** Usage: WriteRandomNetworks FOLDER COUNT [SEED [CLASSES]]. */
  public static void main(String[] args) throws IOException {
    if (args.length < 2 || args.length > 4 || args[0].startsWith("-")) {
      System.err.println("Usage: WriteRandomNetworks FOLDER COUNT [SEED [CLASSES]]");
      System.exit(2);
    }
    Path folder = Files.createDirectories(Path.of(args[0]));
    int count = Integer.parseInt(args[1]);
    long seed = args.length > 2 ? Long.parseLong(args[2]) : 1;
    int classes = args.length > 3 ? Integer.parseInt(args[3]) : 10;
    Set<String> seen = new HashSet<>();
    WriteNetworks.all()
        .values()
        .forEach(known -> seen.add(ArchitectureHash.of(known.apply(classes))));
    int written = 0;
    for (long draw = 0; written < count; draw++) {
      OnnxModel network = RandomNetworks.draw(seed * 1_000_003 + draw, classes);
      if (seen.add(ArchitectureHash.of(network))) {
        String kind = network.proto().getGraph().getName();
        String file = "%s-%d-%05d.onnx".formatted(kind, seed, written++);
        network.write(folder.resolve(file), WriteOptions.DEFAULT);
      }
    }
    System.out.println("wrote " + count + " networks to " + folder);
  }
}
