package org.onnxghn.graph.importer;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.onnxghn.graph.Primitive;

/** Writes {@code SUPPORTED_OPS.md}, the table of all operators for people. */
final class SupportedOps {
  static final String REGENERATE =
      "mvn -q -B -pl onnx-graph test -Dtest=SupportedOpsTest -DwriteSupportedOps=true";

  private static final Map<OperatorUse, String> MEANING =
      Map.of(
          OperatorUse.LAYER, "owns parameters that become nodes of the computational graph",
          OperatorUse.PRIMITIVE, "becomes a node without a parameter",
          OperatorUse.TRANSPARENT, "one data input flows through; contracted",
          OperatorUse.MERGE, "several data inputs flow together; contracted",
          OperatorUse.SHAPE, "gives a shape, an index or a boolean: no data flow",
          OperatorUse.SOURCE, "makes a tensor without data input",
          OperatorUse.CONTROL, "runs subgraphs, whose parameters belong to the graph",
          OperatorUse.UNSUPPORTED,
              "lets data through; its parameters are not predicted but initialised or kept",
          OperatorUse.CLASSICAL, "classical machine learning: no neural parameters");

  private SupportedOps() {}

  /** The whole page. */
  static String markdown() {
    StringBuilder page = new StringBuilder();
    page.append("# Supported operators\n\n")
        .append("Generated from `operators.csv`; do not edit. Regenerate with\n")
        .append('`')
        .append(REGENERATE)
        .append("`.\n\n")
        .append("The importer reads every operator below; *use* says what the computational graph")
        .append(" makes of it.\n*Versions* are the opset versions that brought a new version of")
        .append(" the operator; *data* and *parameters* are inputs, counted from 0.\n")
        .append("*Executor* says whether `train` and `finetune` can run it.\n\n");
    summary(page);
    Map<String, List<Operator>> domains =
        OperatorTable.all().stream()
            .collect(Collectors.groupingBy(Operator::domain, TreeMap::new, Collectors.toList()));
    domains.forEach((domain, operators) -> section(page, domain, operators));
    return page.toString();
  }

  private static void summary(StringBuilder page) {
    Map<OperatorUse, Long> counts =
        OperatorTable.all().stream()
            .collect(Collectors.groupingBy(Operator::use, TreeMap::new, Collectors.counting()));
    page.append("| use | meaning | operators |\n|---|---|---|\n");
    counts.forEach((use, count) -> row(page, use.label(), MEANING.get(use), String.valueOf(count)));
  }

  private static void section(StringBuilder page, String domain, List<Operator> operators) {
    page.append("\n## ").append(domain).append("\n\n");
    page.append(
        "| operator | versions | use | primitive | data | parameters | executor | note |\n");
    page.append("|---|---|---|---|---|---|---|---|\n");
    for (Operator operator : operators) {
      row(
          page,
          operator.name(),
          versions(operator),
          operator.use().label(),
          operator.primitives().stream().map(Primitive::label).collect(Collectors.joining(", ")),
          operator.dataInputs().toString().replace("*", "\\*"),
          operator.parameters().entrySet().stream()
              .map(entry -> entry.getKey() + " " + entry.getValue().label())
              .collect(Collectors.joining(", ")),
          operator.executable() ? "yes" : "no",
          operator.note());
    }
  }

  private static String versions(Operator operator) {
    String versions =
        operator.sinceVersions().stream().map(String::valueOf).collect(Collectors.joining(", "));
    return operator.deprecatedSince() == 0
        ? versions
        : versions + " (deprecated since " + operator.deprecatedSince() + ")";
  }

  private static void row(StringBuilder page, String... cells) {
    for (String cell : cells) {
      page.append(cell.isEmpty() ? "| " : "| " + cell + " ");
    }
    page.append("|\n");
  }
}
