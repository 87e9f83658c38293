package org.onnxghn.converter.check.formats;

import org.onnxghn.converter.report.Escape;

/** Text from models in Markdown, where it can be neither markup nor a mention nor a link. */
final class MarkdownText {
  private static final int NAME_LENGTH = 160;

  private MarkdownText() {}

  /** Every ASCII sign but the harmless ones as a character reference, which is never markup. */
  static String escape(String text) {
    StringBuilder escaped = new StringBuilder();
    Escape.name(text)
        .codePoints()
        .forEach(
            point -> {
              boolean sign =
                  point < 128 && !Character.isLetterOrDigit(point) && " ,;%".indexOf(point) < 0;
              if (sign) {
                escaped.append("&#").append(point).append(';');
              } else {
                escaped.appendCodePoint(point);
              }
            });
    return escaped.toString();
  }

  /** A name as code, cut when it is very long. */
  static String code(String name) {
    return "<code>" + escape(shortened(name)) + "</code>";
  }

  /** At most 160 characters. */
  static String shortened(String text) {
    return text.codePointCount(0, text.length()) <= NAME_LENGTH
        ? text
        : text.substring(0, text.offsetByCodePoints(0, NAME_LENGTH)) + "…";
  }
}
