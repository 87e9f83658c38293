package org.onnxghn.converter.check.formats;

import java.util.List;
import java.util.Locale;
import org.onnxghn.converter.check.CheckReport;
import org.onnxghn.converter.check.ModelCheck;
import org.onnxghn.converter.check.ModelFinding;
import org.onnxghn.converter.report.Escape;
import org.onnxghn.converter.report.Style;
import org.onnxghn.graph.Finding.Severity;

/** A check for people: a line for each model, then all findings by operator, then advice. */
final class TextFormat {
  private final Style style;
  private final StringBuilder text = new StringBuilder();

  private TextFormat(Style style) {
    this.style = style;
  }

  /** Lines ending in {@code \n}. */
  static String of(CheckReport report, Style style) {
    TextFormat text = new TextFormat(style);
    report.models().forEach(text::model);
    String operator = null;
    for (FindingGroup group : FindingGroup.of(report.findings())) {
      if (!group.operator().equals(operator)) {
        operator = group.operator();
        text.heading(operator, report);
      }
      text.group(group);
    }
    text.advice(report.models());
    text.summary(report);
    return text.text.toString();
  }

  private void model(ModelCheck model) {
    boolean empty = model.coverage() == null || model.coverage().all() == 0;
    String coverage =
        empty ? "-" : String.format(Locale.ROOT, "%6.2f %%", 100 * model.coverage().fraction());
    line(
        "%-8s %8s  %s  (%s, %.2f s)",
        model.verdict().label(),
        coverage,
        Escape.name(model.path()),
        count(model.findings().size(), "finding"),
        model.seconds());
  }

  private void heading(String operator, CheckReport report) {
    line("");
    if (operator.isEmpty()) {
      line("%s", style.bold("whole models"));
      return;
    }
    CheckReport.Places places = report.summary().byOp().get(operator);
    line(
        "%s (%s, %s)",
        style.bold(Escape.name(operator)),
        count(places.models(), "model"),
        count(places.nodes(), "node"));
  }

  private void group(FindingGroup group) {
    line(
        "  %s %s %s",
        style.severity(group.severity()), group.code(), Rule.of(group.code()).description());
    for (ModelFinding finding : group.findings()) {
      line(
          "    %s%s: %s%s",
          Escape.name(finding.model()),
          finding.node() == null || finding.node().isEmpty()
              ? ""
              : " node '" + Escape.name(finding.node()) + "'",
          Escape.name(finding.message()),
          details(finding));
    }
    if (!group.fix().isEmpty()) {
      line("    -> %s", Escape.name(group.fix()));
    }
  }

  private static String details(ModelFinding finding) {
    StringBuilder details = new StringBuilder();
    if (finding.opset() != null) {
      details.append(" [opset ").append(finding.opset()).append(']');
    }
    if (finding.elements() > 0) {
      details.append(String.format(Locale.ROOT, " [%,d elements]", finding.elements()));
    }
    return details + (finding.known() ? " [known]" : "");
  }

  private void advice(List<ModelCheck> models) {
    for (ModelCheck model : models) {
      if (!model.advice().isEmpty()) {
        line("");
        line("advice for %s", Escape.name(model.path()));
        model.advice().forEach(advice -> line("  %s %s", advice.code(), advice.text()));
      }
    }
  }

  private void summary(CheckReport report) {
    CheckReport.Summary summary = report.summary();
    line("");
    line(
        "%s: %d full, %d partial, %d none, %d refused; %s, %s, %s%s",
        style.bold(count(summary.models(), "model")),
        summary.full(),
        summary.partial(),
        summary.none(),
        summary.refused(),
        count(report.count(Severity.ERROR), "error"),
        count(report.count(Severity.WARNING), "warning"),
        count(report.count(Severity.NOTE), "note"),
        known(report));
  }

  private static String known(CheckReport report) {
    long known = report.findings().stream().filter(ModelFinding::known).count();
    return known == 0 ? "" : " (and " + known + " that the baseline knows)";
  }

  private static String count(long number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }

  private void line(String format, Object... arguments) {
    text.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
