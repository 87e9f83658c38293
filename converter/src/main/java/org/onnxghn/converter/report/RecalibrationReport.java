package org.onnxghn.converter.report;

import java.util.List;
import java.util.Locale;
import org.onnxghn.converter.report.ConversionReport.Output;
import org.onnxghn.converter.report.ConversionReport.Recalibration;
import org.onnxghn.converter.runtime.DataSummary;
import org.onnxghn.converter.runtime.Verification;
import org.onnxghn.graph.Finding;

/**
 * What {@code onnx-ghn recalibrate} prints.
 *
 * @param input the model's file
 * @param output null when nothing was written
 * @param data null when the model has nothing to recalibrate
 * @param verification null when it was not asked for
 * @param seconds wall clock, all of it
 */
public record RecalibrationReport(
    String input,
    Output output,
    DataSummary data,
    Recalibration recalibration,
    Verification verification,
    List<Finding> findings,
    double seconds) {
  /** Copies the list. */
  public RecalibrationReport {
    findings = List.copyOf(findings);
  }

  /** Whether no finding is of severity error. */
  public boolean succeeded() {
    return findings.stream().noneMatch(f -> f.severity() == Finding.Severity.ERROR);
  }

  /** For people. */
  public String text(Style style) {
    StringBuilder text = new StringBuilder();
    if (data != null) {
      line(
          text,
          "%s: running statistics of %d BatchNorm layers from %d images of %s (%s)",
          Escape.name(input),
          recalibration.layers(),
          recalibration.images(),
          Escape.name(data.path()),
          Escape.name(data.split()));
      AccuracyReport.badImages(data).forEach(row -> line(text, "%s", Escape.name(row)));
    }
    for (Finding finding : findings) {
      line(
          text,
          "%s %s: %s",
          style.severity(finding.severity()),
          finding.code(),
          Escape.message(finding.message()));
      line(text, "    %s", Escape.message(finding.fix()));
    }
    if (output == null) {
      line(text, "%s", style.bold("nothing was written"));
    } else {
      line(
          text,
          "wrote %s (%,d bytes) after %.1f s",
          Escape.name(output.path()),
          output.bytes(),
          seconds);
    }
    return text.toString();
  }

  private static void line(StringBuilder text, String format, Object... arguments) {
    text.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
