package org.onnxghn.converter.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.onnxghn.converter.TextFile;
import org.onnxghn.converter.inspect.GraphFile;
import org.onnxghn.converter.inspect.Inspection;
import org.onnxghn.converter.inspect.InspectionText;
import org.onnxghn.converter.report.JsonOutput;
import org.onnxghn.converter.report.Style;
import org.onnxghn.graph.GraphConvention;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows a model as the hypernetwork sees it. */
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Shows what is in an ONNX model, and the graph that a hypernetwork sees.",
      "Operators and what becomes of them, and parameters by role."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  onnx-ghn inspect model.onnx",
      "  onnx-ghn inspect model.onnx --graph graph.svg",
      "  onnx-ghn inspect model.onnx --graph-convention natural --graph graph.dot --json"
    })
final class InspectCommand implements CliCommand {
  /** The conventions by their names on the command line. */
  enum Convention {
    REFERENCE(GraphConvention.REFERENCE),
    NATURAL(GraphConvention.NATURAL);

    private final GraphConvention convention;

    Convention(GraphConvention convention) {
      this.convention = convention;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Spec private CommandSpec spec;
  @Mixin private FormatOption format;

  @Parameters(paramLabel = "MODEL", description = "An ONNX model, with or without weights.")
  private Path model;

  @Option(
      names = "--graph",
      paramLabel = "FILE.svg|.dot|.json",
      description = "Write the computational graph to this file, too.")
  private Path graph;

  @Option(
      names = "--graph-convention",
      paramLabel = "reference|natural",
      description = {
        "reference: as the graphs that the public checkpoints were trained",
        "with; natural: as data flows (default: ${DEFAULT-VALUE})."
      })
  private Convention convention = Convention.REFERENCE;

  @Override
  public boolean isJson() {
    return format.isJson();
  }

  @Override
  public Integer call() {
    if (graph != null) {
      GraphFile.requireKnownForm(graph);
      TextFile.requireOther(graph, List.of(model));
    }
    Inspection inspection = Inspection.of(model, convention.convention);
    if (graph != null) {
      GraphFile.write(graph, inspection);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (isJson()) {
      out.println(JsonOutput.of("inspect", inspection));
    } else {
      out.print(InspectionText.of(inspection, Style.detect()));
    }
    return 0;
  }
}
