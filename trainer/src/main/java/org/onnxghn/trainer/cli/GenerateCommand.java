package org.onnxghn.trainer.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.onnxghn.converter.cli.CliCommand;
import org.onnxghn.converter.cli.FormatOption;
import org.onnxghn.converter.report.JsonOutput;
import org.onnxghn.onnx.WriteOptions;
import org.onnxghn.trainer.deepnets.Architecture;
import org.onnxghn.trainer.deepnets.DeepNets;
import org.onnxghn.trainer.deepnets.NetworkStatistics;
import org.onnxghn.trainer.deepnets.PublishedStatistics;
import org.onnxghn.trainer.deepnets.Space;
import org.onnxghn.trainer.deepnets.Split;
import org.onnxghn.trainer.deepnets.Spread;
import org.onnxghn.trainer.deepnets.Variant;
import org.onnxghn.trainer.run.ProgressLine;
import org.onnxghn.trainer.run.RunException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Writes DeepNets as ONNX files. */
@Command(
    name = "generate",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Writes architectures of the DeepNets-1M search space as ONNX files.",
      "They have no weights. Statistics of their graphs are printed beside those that the",
      "reference published of its own draw. The same split, seed and number give the same",
      "network."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  onnx-ghn generate --split test --count 500 -o nets",
      "  onnx-ghn generate --split deep --space full --variant imagenet --count 10 -o deep"
    })
public final class GenerateCommand implements CliCommand {
  @Spec private CommandSpec spec;
  @Mixin private FormatOption format;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "DIR",
      description = "Where the files go; made if it does not exist.")
  private Path output;

  @Option(
      names = "--split",
      paramLabel = "NAME",
      description = {
        "train, val, test, wide, deep, dense, bnfree or search (default:",
        "${DEFAULT-VALUE})."
      })
  private Split split = Split.TEST;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "How many (default: ${DEFAULT-VALUE}).")
  private int count = 10;

  @Option(
      names = {"--space", "--preset"},
      paramLabel = "P",
      description = {
        "full: all of DeepNets-1M; small: networks that a CPU trains quickly",
        "(default: ${DEFAULT-VALUE})."
      })
  private Space space = Space.FULL;

  @Option(
      names = "--variant",
      paramLabel = "V",
      description = {
        "cifar: for 32x32 images; imagenet: for 224x224 (default:",
        "${DEFAULT-VALUE})."
      })
  private Variant variant = Variant.CIFAR;

  @Option(
      names = "--classes",
      paramLabel = "N",
      description = "Of the classifier (default: 10, imagenet 1000).")
  private int classes;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Other seeds give other networks (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  /**
   * What goes to stdout.
   *
   * @param reference figures of the networks that the reference drew, or null
   */
  record Report(
      String output,
      String split,
      String space,
      String variant,
      long seed,
      List<NetworkStatistics> networks,
      Map<String, Spread> summary,
      PublishedStatistics reference) {}

  @Override
  public boolean isJson() {
    return format.isJson();
  }

  @Override
  public Integer call() {
    if (count < 1 || classes < 0) {
      throw new ParameterException(
          spec.commandLine(), "--count and --classes are positive numbers");
    }
    int outputs = classes > 0 ? classes : variant == Variant.CIFAR ? 10 : 1000;
    if (output.toString().isEmpty()) {
      throw new ParameterException(spec.commandLine(), "-o is empty: give a folder");
    }
    DeepNets networks = DeepNets.of(split, variant, space, seed, outputs);
    makeFolder();
    List<NetworkStatistics> statistics = new ArrayList<>();
    PrintWriter err = spec.commandLine().getErr();
    try (ProgressLine line = new ProgressLine(err, System.console() != null, "networks", count)) {
      for (int i = 0; i < count; i++) {
        Architecture network = networks.get(i);
        network.model().write(output.resolve(network.name() + ".onnx"), WriteOptions.DEFAULT);
        statistics.add(NetworkStatistics.of(network));
        line.show(i + 1L, network.name());
      }
    }
    Report report =
        new Report(
            output.toString(),
            split.toString(),
            space.toString(),
            variant.toString(),
            seed,
            statistics,
            summary(statistics),
            reference());
    if (isJson()) {
      spec.commandLine().getOut().println(JsonOutput.of("generate", report));
    } else {
      print(report);
    }
    return 0;
  }

  private void makeFolder() {
    try {
      Files.createDirectories(output);
    } catch (IOException e) {
      throw new RunException(
          RunException.FILE,
          "folder " + output + " cannot be made: " + e.getMessage(),
          "Choose another with -o.");
    }
  }

  private static Map<String, Spread> summary(List<NetworkStatistics> networks) {
    Map<String, Spread> summary = new LinkedHashMap<>();
    summary.put("nodes", spread(networks, NetworkStatistics::nodes));
    summary.put("parameters", spread(networks, NetworkStatistics::parameters));
    summary.put("degree", spread(networks, NetworkStatistics::degree));
    summary.put("pathLength", spread(networks, NetworkStatistics::pathLength));
    return summary;
  }

  private static Spread spread(
      List<NetworkStatistics> networks, ToDoubleFunction<NetworkStatistics> value) {
    return Spread.of(networks.stream().mapToDouble(value).toArray());
  }

  /** Of the same kind of networks. */
  private PublishedStatistics reference() {
    return space == Space.FULL && variant == Variant.CIFAR
        ? PublishedStatistics.of(split).orElse(null)
        : null;
  }

  private void print(Report report) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "wrote %d networks of %s to %s%n",
        report.networks().size(), report.split(), report.output());
    PublishedStatistics reference = report.reference();
    Map<String, Spread> theirs = reference == null ? Map.of() : reference.summary();
    report
        .summary()
        .forEach(
            (name, spread) -> out.println(row(name, spread, theirs.get(name)).stripTrailing()));
    if (reference != null) {
      out.printf(
          "in brackets: %d networks that the reference drew (%s)%n",
          reference.networks(), reference.source());
    }
  }

  private static String row(String name, Spread ours, Spread theirs) {
    String reference = theirs == null ? "" : format("(%.1f ± %.1f)", theirs);
    return "%-12s %-26s %s".formatted(name, format("%,12.2f ± %,.2f", ours), reference);
  }

  private static String format(String format, Spread spread) {
    return String.format(Locale.ROOT, format, spread.mean(), spread.std());
  }
}
