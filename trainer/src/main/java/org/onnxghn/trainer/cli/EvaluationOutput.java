package org.onnxghn.trainer.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.onnxghn.converter.TextFile;
import org.onnxghn.converter.report.JsonOutput;
import org.onnxghn.trainer.eval.EvaluationFigure;
import org.onnxghn.trainer.eval.EvaluationReport;
import org.onnxghn.trainer.eval.EvaluationTables;
import org.onnxghn.trainer.eval.ResultsLog;
import org.onnxghn.trainer.run.ProgressLine;
import org.onnxghn.trainer.run.RunException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The mixin for where an evaluation keeps its results, and what it prints. */
final class EvaluationOutput {
  /** The command in each object, whatever the protocol. */
  static final String COMMAND = "evaluate";

  /** What goes to stdout. */
  enum Format {
    TEXT,
    JSON,
    MARKDOWN;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--run",
      paramLabel = "DIR",
      description = {
        "A folder that gets each result when it is there (results.jsonl), and at the",
        "end report.json, report.md and figure.svg (default: nothing is kept)."
      })
  private Path run;

  @Option(
      names = "--resume",
      description = "Go on with what is in the folder: finished results are not made again.")
  private boolean resume;

  @Option(names = "--figure", paramLabel = "FILE", description = "Write the figure, as SVG.")
  private Path figure;

  @Option(
      names = "--format",
      paramLabel = "text|json|markdown",
      description = "What goes to stdout (default: ${DEFAULT-VALUE}).")
  private Format format = Format.TEXT;

  @Option(names = "--json", description = "The same as --format json.")
  private boolean json;

  private boolean printed;

  /** Whether stdout gets an object, and has not got it yet. */
  boolean isJson() {
    return chosen() == Format.JSON && !printed;
  }

  private Format chosen() {
    return json ? Format.JSON : format;
  }

  /**
   * Refuses what would fail when the work is done.
   *
   * @param inputs files that are read
   * @throws RunException OG-514 for a figure that cannot be written
   * @throws org.onnxghn.converter.ConversionException OG-402 for one that would overwrite an input
   */
  void check(Supplier<List<Path>> inputs) {
    if (resume && run == null) {
      throw new ParameterException(spec.commandLine(), "--resume wants the folder: --run");
    }
    if (figure == null) {
      return;
    }
    TextFile.requireOther(figure, inputs.get());
    try {
      if (Files.isDirectory(figure)) {
        throw new IOException("it is a folder");
      }
      Path folder = figure.toAbsolutePath().getParent();
      Files.delete(Files.createTempFile(folder, ".onnx-ghn", ".tmp"));
    } catch (IOException e) {
      throw unwritable(figure, e);
    }
  }

  /**
   * The results so far.
   *
   * @param settings all that results depend on but the network
   */
  ResultsLog log(Map<String, String> settings) {
    Consumer<String> notice = spec.commandLine().getErr()::println;
    return run == null
        ? ResultsLog.inMemory(notice)
        : ResultsLog.open(run, resume, settings, notice);
  }

  /** Something the user should know, on stderr. */
  void note(String what) {
    spec.commandLine().getErr().println("note: " + what);
  }

  /** How far the evaluation is, on stderr. */
  ProgressLine progress(String task, long total) {
    return new ProgressLine(spec.commandLine().getErr(), System.console() != null, task, total);
  }

  /** Prints the report, and then writes it to the run folder: it is not lost if that fails. */
  void print(EvaluationReport report) {
    String text = JsonOutput.of(COMMAND, report);
    JsonNode tree = parse(text);
    String markdown = EvaluationTables.markdown(tree);
    PrintWriter out = spec.commandLine().getOut();
    out.print(
        switch (chosen()) {
          case JSON -> text + "\n";
          case MARKDOWN -> markdown;
          case TEXT -> EvaluationTables.text(tree);
        });
    out.flush();
    printed = true;
    if (run != null) {
      TextFile.write(run.resolve("report.json"), text + "\n");
      TextFile.write(run.resolve("report.md"), markdown);
    }
    byte[] svg = EvaluationFigure.svg(tree);
    if (svg.length == 0) {
      if (figure != null) {
        note("there is nothing to draw: " + figure + " is not written");
      }
      return;
    }
    String drawing = new String(svg, StandardCharsets.UTF_8);
    if (run != null) {
      TextFile.write(run.resolve("figure.svg"), drawing);
    }
    if (figure != null) {
      TextFile.write(figure, drawing);
    }
  }

  private static JsonNode parse(String text) {
    try {
      return new ObjectMapper().readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("our own JSON is always readable", e);
    }
  }

  private static RunException unwritable(Path file, IOException e) {
    return new RunException(
        RunException.FILE,
        "the figure " + file + " cannot be written: " + e.getMessage(),
        "Name a file in a folder that exists and may be written to.");
  }
}
