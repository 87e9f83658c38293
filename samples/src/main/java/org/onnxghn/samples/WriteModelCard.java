package org.onnxghn.samples;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.ghn.checkpoint.CheckpointSource;
import org.onnxghn.trainer.eval.EvaluationTables;

/**
 * Fills in the numbers of a model card: between {@code <!-- evaluation NAME -->} and {@code <!--
 * end -->} the tables of {@code NAME.json}, as {@code onnx-ghn evaluate --json} printed it; between
 * {@code <!-- checkpoint -->} and {@code <!-- end -->} what the embedded checkpoint says of itself.
 */
public final class WriteModelCard {
  private static final Pattern BLOCK =
      Pattern.compile(
          "<!-- (checkpoint|evaluation ([a-z0-9-]+)) -->\n.*?<!-- end -->", Pattern.DOTALL);

  private WriteModelCard() {}

  /** Usage: WriteModelCard CARD.md FOLDER_OF_JSON. */
  public static void main(String[] args) throws IOException {
    Path card = Path.of(args[0]);
    Files.writeString(card, filled(Files.readString(card), Path.of(args[1])));
    System.out.println("wrote " + card);
  }

  static String filled(String card, Path evaluations) throws IOException {
    Matcher block = BLOCK.matcher(card);
    StringBuilder result = new StringBuilder();
    while (block.find()) {
      String content =
          block.group(2) == null
              ? checkpoint()
              : evaluation(evaluations.resolve(block.group(2) + ".json"));
      String whole = "<!-- " + block.group(1) + " -->\n" + content + "<!-- end -->";
      block.appendReplacement(result, Matcher.quoteReplacement(whole));
    }
    return block.appendTail(result).toString();
  }

  private static String evaluation(Path json) throws IOException {
    if (!Files.exists(json)) {
      return "Not measured yet.\n";
    }
    return EvaluationTables.markdown(new ObjectMapper().readTree(json.toFile()));
  }

  private static String checkpoint() {
    if (!CheckpointSource.hasEmbedded()) {
      return "This build embeds no checkpoint.\n";
    }
    try (Checkpoint checkpoint = CheckpointSource.EMBEDDED.open()) {
      GhnConfig config = checkpoint.config();
      StringBuilder text = new StringBuilder("| | |\n|---|---|\n");
      row(text, "name", checkpoint.name());
      row(
          text,
          "hypernetwork",
          "%s, hidden %d, %d layers, %d heads, decodes %d channels and %dx%d pixels, %d classes"
              .formatted(
                  config.kind().name().toLowerCase(Locale.ROOT),
                  config.hidden(),
                  config.layers(),
                  config.heads(),
                  config.maxChannels(),
                  config.maxSpatial(),
                  config.maxSpatial(),
                  config.numClasses()));
      row(text, "parameters", String.format(Locale.ROOT, "%,d", checkpoint.parameterCount()));
      row(text, "licence", checkpoint.provenance().getOrDefault("license", "not stated"));
      row(text, "SHA-256 of the file", checkpoint.sha256());
      row(text, "SHA-256 of the weights", checkpoint.weightsSha256());
      return text.toString();
    }
  }

  private static void row(StringBuilder text, String name, String value) {
    text.append("| ").append(name).append(" | ").append(value).append(" |\n");
  }
}
