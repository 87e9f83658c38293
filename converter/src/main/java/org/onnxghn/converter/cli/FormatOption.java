package org.onnxghn.converter.cli;

import java.util.Locale;
import picocli.CommandLine.Option;

/** The mixin for {@code --format} and {@code --json}. */
public final class FormatOption {
  /** What goes to stdout. */
  public enum Format {
    TEXT,
    JSON;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(
      names = "--format",
      paramLabel = "text|json",
      description = "What goes to stdout (default: ${DEFAULT-VALUE}).")
  private Format format = Format.TEXT;

  @Option(names = "--json", description = "The same as --format json.")
  private boolean json;

  /** Whether stdout gets one JSON object. */
  public boolean isJson() {
    return json || format == Format.JSON;
  }
}
