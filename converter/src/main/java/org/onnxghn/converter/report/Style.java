package org.onnxghn.converter.report;

import org.onnxghn.graph.Finding;
import picocli.CommandLine.Help.Ansi;

/** Colour, where the output is a terminal and NO_COLOR is not set; else plain text. */
public enum Style {
  PLAIN,
  COLOUR;

  private static final String RESET = "\u001b[0m";

  /** For stdout as it is now: picocli asks the terminal, NO_COLOR, CLICOLOR and their kin. */
  public static Style detect() {
    return Ansi.AUTO.enabled() ? COLOUR : PLAIN;
  }

  /** In bold. */
  public String bold(String text) {
    return this == PLAIN ? text : "\u001b[1m" + text + RESET;
  }

  /** The label of a severity, in its colour. */
  public String severity(Finding.Severity severity) {
    if (this == PLAIN) {
      return severity.label();
    }
    int colour =
        switch (severity) {
          case ERROR -> 31;
          case WARNING -> 33;
          case NOTE -> 36;
        };
    return "\u001b[" + colour + "m" + severity.label() + RESET;
  }
}
