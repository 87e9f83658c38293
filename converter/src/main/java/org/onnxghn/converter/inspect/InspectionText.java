package org.onnxghn.converter.inspect;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.onnxghn.converter.report.Escape;
import org.onnxghn.converter.report.Style;
import org.onnxghn.graph.Finding;

/** An inspection for people. */
public final class InspectionText {
  private final StringBuilder text = new StringBuilder();

  private InspectionText() {}

  /** Lines ending in {@code \n}. */
  public static String of(Inspection inspection, Style style) {
    InspectionText text = new InspectionText();
    text.input(inspection);
    text.ops(inspection, style);
    text.roles(inspection, style);
    text.graph(inspection.graph(), style);
    text.findings(inspection, style);
    return text.text.toString();
  }

  private void input(Inspection inspection) {
    var input = inspection.input();
    line("%s", Escape.name(input.path()));
    line("  %,d bytes, SHA-256 %s", input.bytes(), input.sha256());
    line(
        "  IR version %d, %s, %s",
        input.irVersion(),
        input.opsets().entrySet().stream()
            .map(entry -> Escape.name(entry.getKey()) + " " + entry.getValue())
            .collect(Collectors.joining(", ")),
        Escape.name(input.producer().isEmpty() ? "producer unknown" : input.producer()));
    line(
        "  %,d nodes, %,d parameters in %,d tensors",
        input.nodes(), input.parameterElements(), input.parameterTensors());
  }

  private void ops(Inspection inspection, Style style) {
    line("");
    line(
        "%s",
        style.bold(String.format("%-34s %6s %6s  %s", "operator", "since", "count", "becomes")));
    for (Inspection.Op op : inspection.ops()) {
      String becomes = op.primitive() == null ? op.use() : op.use() + " (" + op.primitive() + ")";
      line(
          "%-34s %6s %6d  %s%s",
          Escape.name(op.domain() + "::" + op.opType()),
          op.sinceVersion() == null ? "-" : op.sinceVersion(),
          op.count(),
          becomes,
          op.kind().equals(op.use()) ? "" : ", " + op.kind());
    }
  }

  private void roles(Inspection inspection, Style style) {
    if (inspection.roles().isEmpty()) {
      return;
    }
    line("");
    line(
        "%s",
        style.bold(
            String.format("%-26s %8s %10s %16s", "role", "tensors", "predicted", "elements")));
    for (Inspection.RoleCount role : inspection.roles()) {
      line("%-26s %8d %10d %,16d", role.role(), role.tensors(), role.predicted(), role.elements());
    }
  }

  private void graph(GraphReport graph, Style style) {
    Map<String, Long> primitives =
        graph.nodes().stream()
            .collect(
                Collectors.groupingBy(
                    GraphReport.Node::primitive, TreeMap::new, Collectors.counting()));
    line("");
    line(
        "%s: %d nodes, %d edges: %s",
        style.bold("graph"),
        graph.nodes().size(),
        graph.edges().size(),
        primitives.entrySet().stream()
            .map(entry -> entry.getKey() + " " + entry.getValue())
            .collect(Collectors.joining(", ")));
  }

  private void findings(Inspection inspection, Style style) {
    if (!inspection.findings().isEmpty()) {
      line("");
    }
    for (Finding finding : inspection.findings()) {
      line(
          "%s %s: %s",
          style.severity(finding.severity()), finding.code(), Escape.name(finding.message()));
    }
  }

  private void line(String format, Object... arguments) {
    text.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
