package org.onnxghn.converter.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.onnxghn.graph.Finding;

/** What a conversion did, for people. */
public final class TextReport {
  private static final int MOST_GROUPS = 40;
  private static final int MOST_FINDINGS = 12;
  private static final int NAME_WIDTH = 32;

  private final Style style;
  private final StringBuilder text = new StringBuilder();

  private TextReport(Style style) {
    this.style = style;
  }

  /** The whole report, lines ending in {@code \n}. */
  public static String of(ConversionReport report, Style style) {
    TextReport text = new TextReport(style);
    text.heading(report);
    text.groups(report.parameters());
    text.coverage(report.coverage());
    text.fallen(report.parameters());
    text.findings(report.findings());
    text.recalibration(report.recalibration());
    text.verification(report);
    text.seconds(report.seconds());
    text.output(report);
    return text.text.toString();
  }

  private void heading(ConversionReport report) {
    ConversionReport.Input in = report.input();
    line(
        "%s: %d nodes, %,d parameters in %d tensors, %s",
        Escape.name(in.path()),
        in.nodes(),
        in.parameterElements(),
        in.parameterTensors(),
        Escape.name(in.producer().isEmpty() ? "producer unknown" : in.producer()));
    ConversionReport.CheckpointSummary c = report.checkpoint();
    if (c == null) {
      line("no checkpoint: every parameter starts with its initializer");
    } else {
      line(
          "checkpoint %s: %s, hidden %d, %d layers, %,d parameters, %d classes",
          Escape.name(c.name()), c.kind(), c.hidden(), c.layers(), c.parameters(), c.numClasses());
    }
    line("graph: %d nodes, %d edges", report.graph().nodes(), report.graph().edges());
    line("");
  }

  private void groups(List<ParameterReport> parameters) {
    List<ParameterGroup> groups = ParameterGroup.of(parameters);
    if (groups.isEmpty()) {
      return;
    }
    line(
        "%-" + NAME_WIDTH + "s %7s %12s %10s %10s %10s  %s",
        "layers",
        "tensors",
        "elements",
        "mean",
        "std",
        "l2",
        "source");
    for (ParameterGroup group : groups.subList(0, Math.min(groups.size(), MOST_GROUPS))) {
      List<String> sources = new ArrayList<>();
      group.sources().forEach((source, count) -> sources.add(source.label() + " " + count));
      line(
          "%-" + NAME_WIDTH + "s %7d %12d %10s %10s %10s  %s",
          shortened(Escape.name(group.name())),
          group.tensors(),
          group.elements(),
          number(group.mean()),
          number(group.std()),
          number(group.l2()),
          String.join(", ", sources));
    }
    more(groups.size() - MOST_GROUPS, "groups");
    line("");
  }

  private void coverage(Coverage coverage) {
    // Rounded down: 100 % means all of them.
    double rounded = Math.floor(1e4 * coverage.fraction()) / 100;
    String percent = String.format(Locale.ROOT, "%.2f %%", rounded);
    line(
        "coverage %s of %,d elements: predicted %,d, tiled %,d, fallback %,d, kept %,d",
        style.bold(percent),
        coverage.all(),
        coverage.predicted(),
        coverage.tiled(),
        coverage.fallback(),
        coverage.kept());
  }

  /** What was not predicted, by reason. */
  private void fallen(List<ParameterReport> parameters) {
    Map<String, List<ParameterReport>> byReason = new LinkedHashMap<>();
    for (ParameterReport parameter : parameters) {
      if (!parameter.source().isPredicted()) {
        byReason
            .computeIfAbsent(
                parameter.source().label() + ": " + parameter.reason(), key -> new ArrayList<>())
            .add(parameter);
      }
    }
    List<Map.Entry<String, List<ParameterReport>>> entries = List.copyOf(byReason.entrySet());
    for (var entry : entries.subList(0, Math.min(entries.size(), MOST_GROUPS))) {
      List<ParameterReport> members = entry.getValue();
      long elements = members.stream().mapToLong(ParameterReport::elements).sum();
      line(
          "  %s (%d tensors, %,d elements, such as %s)",
          Escape.name(entry.getKey()),
          members.size(),
          elements,
          Escape.name(members.get(0).name()));
    }
    more(entries.size() - MOST_GROUPS, "reasons");
  }

  private void findings(List<Finding> findings) {
    List<Finding> worstFirst =
        findings.stream().sorted(Comparator.comparing(Finding::severity)).toList();
    for (Finding finding : worstFirst.subList(0, Math.min(findings.size(), MOST_FINDINGS))) {
      line(
          "%s %s: %s",
          style.severity(finding.severity()), finding.code(), Escape.message(finding.message()));
      if (finding.fix() != null) {
        line("    %s", Escape.message(finding.fix()));
      }
    }
    more(findings.size() - MOST_FINDINGS, "findings");
  }

  private void recalibration(ConversionReport.Recalibration recalibration) {
    if (recalibration != null && recalibration.applied()) {
      line(
          "BatchNorm: running statistics of %d layers from %d images",
          recalibration.layers(), recalibration.images());
    }
  }

  private void verification(ConversionReport report) {
    var verification = report.verification();
    if (verification != null) {
      line(
          "verification by %s: %s",
          verification.runtime(),
          verification.passed()
              ? "loaded, ran, outputs finite"
              : style.bold(
                  !verification.loaded()
                      ? "not loaded"
                      : verification.ran() ? "outputs not finite" : "loaded, did not run"));
    }
  }

  private void seconds(Seconds seconds) {
    line(
        "seconds: import %.2f, load %.2f, predict %.2f, %swrite %.2f, verify %.2f, total %.2f",
        seconds.imported(),
        seconds.load(),
        seconds.predict(),
        seconds.recalibrate() > 0
            ? String.format(Locale.ROOT, "recalibrate %.2f, ", seconds.recalibrate())
            : "",
        seconds.write(),
        seconds.verify(),
        seconds.total());
  }

  private void output(ConversionReport report) {
    if (report.output() == null) {
      line("%s", style.bold("nothing was written"));
      return;
    }
    line("wrote %s (%,d bytes)", Escape.name(report.output().path()), report.output().bytes());
    report.output().externalData().forEach(path -> line("  and %s", Escape.name(path)));
  }

  private void more(int count, String what) {
    if (count > 0) {
      line("  … and %d more %s (all of them: --format json)", count, what);
    }
  }

  /** The end of a long name tells layers apart. */
  private static String shortened(String name) {
    int excess = name.length() - NAME_WIDTH;
    return excess <= 0 ? name : "…" + name.substring(excess + 1);
  }

  private static String number(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.4g", value) : "-";
  }

  private void line(String format, Object... arguments) {
    text.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
