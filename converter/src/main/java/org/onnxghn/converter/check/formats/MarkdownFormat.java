package org.onnxghn.converter.check.formats;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.onnxghn.converter.check.CheckOptions;
import org.onnxghn.converter.check.CheckReport;
import org.onnxghn.converter.check.ModelCheck;
import org.onnxghn.converter.check.ModelFinding;
import org.onnxghn.graph.Finding.Severity;

/**
 * A check as a comment on a pull request: the models in a table, the findings of each operator
 * folded away, and never longer than a comment may be.
 */
final class MarkdownFormat {
  /** GitHub's limit is 65,536 characters; the rest is for what stands around. */
  private static final int LIMIT = 60_000;

  private static final int MOST_MODELS = 100;
  private static final int MOST_FINDINGS = 20;

  private final CheckOptions options;
  private final StringBuilder text = new StringBuilder();
  private int leftOut;

  private MarkdownFormat(CheckOptions options) {
    this.options = options;
  }

  static String of(CheckReport report, CheckOptions options) {
    MarkdownFormat markdown = new MarkdownFormat(options);
    markdown.heading(report);
    markdown.models(report.models());
    FindingGroup.of(report.findings()).forEach(markdown::group);
    markdown.advice(report.models());
    if (markdown.leftOut > 0) {
      markdown.text.append(
          "\n"
              + markdown.leftOut
              + " more entries do not fit here; `onnx-ghn check --format json` lists all of them.\n");
    }
    return markdown.text.toString();
  }

  private void heading(CheckReport report) {
    CheckReport.Summary summary = report.summary();
    boolean passed = report.exitCode(options) == 0;
    text.append("### onnx-ghn check: ").append(passed ? "passed" : "failed").append("\n\n");
    text.append(
        String.format(
            Locale.ROOT,
            "%d models: %d full, %d partial, %d none, %d refused; %d errors, %d warnings, %d notes"
                + " that are new.%n%n",
            summary.models(),
            summary.full(),
            summary.partial(),
            summary.none(),
            summary.refused(),
            report.count(Severity.ERROR),
            report.count(Severity.WARNING),
            report.count(Severity.NOTE)));
  }

  private void models(List<ModelCheck> models) {
    text.append("| | model | verdict | coverage | findings |\n|---|---|---|---|---|\n");
    int shown = 0;
    for (ModelCheck model : models) {
      String row =
          String.format(
              Locale.ROOT,
              "| %s | %s | %s | %s | %d |%n",
              CheckReport.fails(model, options) ? "❌" : "✅",
              MarkdownText.code(model.path()),
              model.verdict().label(),
              model.coverage() == null || model.coverage().all() == 0
                  ? ""
                  : String.format(Locale.ROOT, "%.2f %%", 100 * model.coverage().fraction()),
              model.findings().size());
      if (shown++ >= MOST_MODELS || !add(row)) {
        leftOut++;
      }
    }
  }

  private void group(FindingGroup group) {
    List<String> items = new ArrayList<>();
    group.findings().stream().limit(MOST_FINDINGS).forEach(finding -> items.add(item(finding)));
    int more = group.findings().size() - items.size();
    String operator =
        group.operator().isEmpty() ? "whole models" : MarkdownText.code(group.operator());
    String block =
        "\n<details><summary>"
            + operator
            + ": "
            + group.severity().label()
            + " "
            + group.code()
            + ", "
            + group.findings().size()
            + " in "
            + group.models()
            + (group.models() == 1 ? " model" : " models")
            + "</summary>\n\n"
            + Rule.of(group.code()).description()
            + "\n\n"
            + String.join("", items)
            + (more > 0 ? "- … and " + more + " more\n" : "")
            + (group.fix().isEmpty() ? "" : "\n" + MarkdownText.escape(group.fix()) + "\n")
            + "\n</details>\n";
    leftOut += add(block) ? more : group.findings().size();
  }

  private static String item(ModelFinding finding) {
    return "- "
        + MarkdownText.code(finding.model())
        + (finding.node() == null || finding.node().isEmpty()
            ? ""
            : " node " + MarkdownText.code(finding.node()))
        + ": "
        + MarkdownText.escape(MarkdownText.shortened(finding.message()))
        + (finding.known() ? " (known)" : "")
        + "\n";
  }

  private void advice(List<ModelCheck> models) {
    for (ModelCheck model : models) {
      if (!model.advice().isEmpty()) {
        StringBuilder block = new StringBuilder("\n<details><summary>advice for ");
        block.append(MarkdownText.code(model.path())).append("</summary>\n\n");
        model
            .advice()
            .forEach(a -> block.append("- ").append(MarkdownText.escape(a.text())).append("\n"));
        if (!add(block.append("\n</details>\n").toString())) {
          leftOut++;
        }
      }
    }
  }

  private boolean add(String block) {
    if (text.length() + block.length() > LIMIT) {
      return false;
    }
    text.append(block);
    return true;
  }
}
