package org.onnxghn.converter.check.formats;

import java.util.Locale;
import org.onnxghn.converter.check.CheckOptions;
import org.onnxghn.converter.check.CheckReport;
import org.onnxghn.converter.report.JsonOutput;
import org.onnxghn.converter.report.Style;

/** The forms in which a check is printed. */
public enum CheckFormat {
  TEXT,
  /** The object that shared/JSON.md describes. */
  JSON,
  /** SARIF 2.1.0, for code scanning. */
  SARIF,
  /** The XML that CI servers read. */
  JUNIT,
  /** A comment on a pull request. */
  MARKDOWN;

  /** The whole report, ending in a line's end. */
  public String print(CheckReport report, CheckOptions options, Style style) {
    return switch (this) {
      case TEXT -> TextFormat.of(report, style);
      case JSON -> JsonOutput.of("check", report) + "\n";
      case SARIF -> SarifFormat.of(report, !options.known().isEmpty()) + "\n";
      case JUNIT -> JunitFormat.of(report, options) + "\n";
      case MARKDOWN -> MarkdownFormat.of(report, options);
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
