package org.onnxghn.converter.report;

/** Makes names from models safe to print. */
public final class Escape {
  private Escape() {}

  /**
   * Control characters (among them those that move a terminal's cursor), format characters (among
   * them those that reverse the direction of text), line separators, private and unpaired code
   * points become {@code \}{@code u{hex}}; everything else stays.
   */
  public static String name(String text) {
    StringBuilder safe = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            point -> {
              switch (Character.getType(point)) {
                case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    safe.append("\\u{").append(Integer.toHexString(point)).append('}');
                default -> safe.appendCodePoint(point);
              }
            });
    return safe.toString();
  }

  /** As {@link #name}, but lines stay apart: for messages of several lines. */
  public static String message(String text) {
    return text.lines().map(Escape::name).reduce((a, b) -> a + "\n" + b).orElse("");
  }
}
