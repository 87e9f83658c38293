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
              if (isUnsafe(point)) {
                safe.append("\\u{").append(Integer.toHexString(point)).append('}');
              } else {
                safe.appendCodePoint(point);
              }
            });
    return safe.toString();
  }

  private static boolean isUnsafe(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }

  /**
   * JSON that means the same: what {@link #name} escapes stands as {@code \}{@code uXXXX} in its
   * texts. A writer of JSON does so for the first 32 characters only.
   */
  public static String json(String json) {
    StringBuilder safe = new StringBuilder(json.length());
    json.codePoints()
        .forEach(
            point -> {
              // Below are the ends of lines between the fields.
              if (point < ' ' || !isUnsafe(point)) {
                safe.appendCodePoint(point);
              } else {
                for (char unit : Character.toChars(point)) {
                  safe.append(String.format("\\u%04x", (int) unit));
                }
              }
            });
    return safe.toString();
  }

  /** As {@link #name}, but lines stay apart: for messages of several lines. */
  public static String message(String text) {
    return text.lines().map(Escape::name).reduce((a, b) -> a + "\n" + b).orElse("");
  }
}
