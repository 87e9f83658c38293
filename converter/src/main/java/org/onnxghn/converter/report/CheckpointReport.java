package org.onnxghn.converter.report;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.ghn.checkpoint.CheckpointInfo;

/**
 * A checkpoint, as {@code checkpoint info} prints it.
 *
 * @param name the one it was given
 * @param sha256 of the file
 * @param weightsSha256 of names, shapes and values, whatever the file's form
 * @param kind {@code ghn3}, {@code ghn2} or {@code mlp}
 * @param maxShape output channels, input channels, rows, columns that are decoded without tiling
 * @param provenance where the weights come from
 */
public record CheckpointReport(
    String name,
    String sha256,
    String weightsSha256,
    String kind,
    int hidden,
    int layers,
    int heads,
    List<Integer> maxShape,
    int numClasses,
    boolean weightNorm,
    boolean virtualEdges,
    boolean layerNorm,
    long parameters,
    Map<String, String> provenance,
    List<Tensor> tensors) {
  private static final int MOST_CHARACTERS = 300;

  /** One tensor as stored. */
  public record Tensor(String name, List<Long> shape, String dtype) {}

  /** Reads all weights, for the hashes. */
  public static CheckpointReport of(Checkpoint checkpoint) {
    CheckpointInfo info = CheckpointInfo.of(checkpoint);
    GhnConfig config = info.config();
    return new CheckpointReport(
        info.name(),
        info.sha256(),
        info.weightsSha256(),
        config.kind().name().toLowerCase(Locale.ROOT),
        config.hidden(),
        config.layers(),
        config.heads(),
        List.of(
            config.maxChannels(), config.maxChannels(), config.maxSpatial(), config.maxSpatial()),
        config.numClasses(),
        config.weightNorm(),
        config.virtualEdges(),
        config.layerNorm(),
        info.parameters(),
        info.provenance(),
        info.tensors().stream().map(CheckpointReport::tensor).toList());
  }

  private static Tensor tensor(CheckpointInfo.Tensor tensor) {
    List<Long> shape = Arrays.stream(tensor.shape().dims()).boxed().toList();
    return new Tensor(tensor.name(), shape, tensor.type().label());
  }

  /**
   * As text or as one JSON object, with the last line's end.
   *
   * @param subcommand of {@code checkpoint}
   */
  public String print(String subcommand, boolean json) {
    return json ? JsonOutput.of("checkpoint " + subcommand, this) + "\n" : text();
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    row(text, "name", name);
    row(text, "kind", kind);
    row(text, "hidden, layers, heads", hidden + ", " + layers + ", " + heads);
    row(text, "decodes up to", maxShape.toString());
    row(text, "classes", Integer.toString(numClasses));
    row(text, "parameters", String.format(Locale.ROOT, "%,d", parameters));
    row(text, "tensors", tensors.size() + " of " + tensors.get(0).dtype());
    row(text, "SHA-256", sha256);
    row(text, "SHA-256 of weights", weightsSha256);
    provenance.forEach((key, value) -> row(text, Escape.name(key), shortened(value)));
    return text.toString();
  }

  /** A configuration or a list of networks can have thousands of characters. */
  private static String shortened(String value) {
    return value.length() <= MOST_CHARACTERS
        ? value
        : "%s… (%,d characters; --json has all)"
            .formatted(value.substring(0, MOST_CHARACTERS), value.length());
  }

  private static void row(StringBuilder text, String label, String value) {
    text.append(String.format(Locale.ROOT, "%-24s%s%n", label, Escape.name(value)));
  }
}
