package org.onnxghn.samples;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.onnxghn.converter.Conversion;
import org.onnxghn.converter.ConversionOptions;
import org.onnxghn.converter.report.ConversionReport;
import org.onnxghn.graph.Finding;
import org.onnxghn.onnx.OnnxGhnException;

/**
 * Converts every ONNX file of a folder and prints a Markdown table of what came of it: model,
 * opset, producer, coverage, seconds, and whether ONNX Runtime runs the result. The README's table
 * comes from here.
 */
public final class ConvertAll {
  private ConvertAll() {}

  /** Usage: ConvertAll FOLDER CHECKPOINT.safetensors. */
  public static void main(String[] args) throws IOException {
    convert(Path.of(args[0]), Path.of(args[1]), System.out);
  }

  static void convert(Path folder, Path checkpoint, PrintStream out) throws IOException {
    Path scratch = Files.createTempDirectory("convert-all");
    ConversionOptions options = ConversionOptions.builder().checkpoint(checkpoint).build();
    out.println("| model | opset | producer | nodes | coverage | seconds | result |");
    out.println("|---|---|---|---|---|---|---|");
    for (Path file : models(folder)) {
      Path input = unzipped(file, scratch);
      Path output = scratch.resolve("converted.onnx");
      out.println("| " + file.getFileName() + " | " + row(input, output, options) + " |");
      Files.deleteIfExists(output);
      if (!input.equals(file)) {
        Files.delete(input);
      }
    }
    Files.delete(scratch);
  }

  private static List<Path> models(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().matches(".*\\.onnx(\\.gz)?"))
          .sorted()
          .toList();
    }
  }

  private static Path unzipped(Path file, Path scratch) throws IOException {
    if (!file.toString().endsWith(".gz")) {
      return file;
    }
    Path input = scratch.resolve("input.onnx");
    try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
      Files.copy(in, input);
    }
    return input;
  }

  private static String row(Path input, Path output, ConversionOptions options) {
    try {
      ConversionReport report = Conversion.convert(input, output, options);
      String opset = String.valueOf(report.input().opsets().getOrDefault("ai.onnx", 0L));
      return String.format(
          Locale.ROOT,
          "%s | %s | %d | %.1f %% | %.1f | %s",
          opset,
          report.input().producer(),
          report.graph().nodes(),
          100 * report.coverage().fraction(),
          report.seconds().total(),
          report.succeeded() ? "runs" : reason(report));
    } catch (OnnxGhnException e) {
      return "| | | | | refused: " + e.code() + " " + e.getMessage().replace("|", "\\|");
    }
  }

  private static String reason(ConversionReport report) {
    return report.findings().stream()
        .filter(finding -> finding.severity() == Finding.Severity.ERROR)
        .map(
            finding ->
                finding.code() + " " + finding.message().replace("|", "\\|").replace("\n", " "))
        .findFirst()
        .orElse("not written");
  }
}
