package org.onnxghn.converter.inspect;

import java.util.Locale;
import java.util.stream.Collectors;
import org.onnxghn.converter.report.Escape;

/** What is written in a node. */
final class NodeLabel {
  private static final int LENGTH = 32;

  private NodeLabel() {}

  /** Such as {@code conv 64×3×7×7}. */
  static String headline(GraphReport.Node node) {
    return node.shape() == null
        ? node.primitive()
        : node.primitive()
            + " "
            + node.shape().stream().map(String::valueOf).collect(Collectors.joining("×"));
  }

  /** The name, safe to print; cut at its beginning, because ends tell names apart. */
  static String shortName(GraphReport.Node node) {
    String name = fullName(node);
    int length = name.codePointCount(0, name.length());
    return length <= LENGTH
        ? name
        : "…" + name.substring(name.offsetByCodePoints(0, length - LENGTH + 1));
  }

  /** The whole name, safe to print; empty when there is none. */
  static String fullName(GraphReport.Node node) {
    String name = node.parameter() != null ? node.parameter() : node.name();
    return name == null || name.equals(node.primitive()) ? "" : Escape.name(name);
  }

  /** The fill colour of a primitive. */
  static String colour(String primitive) {
    return switch (primitive.toUpperCase(Locale.ROOT)) {
      case "CONV" -> "#a6cee3";
      case "SEP_CONV" -> "#7fc8bf";
      case "DIL_CONV" -> "#5fa8d3";
      case "BIAS" -> "#e8e8e8";
      case "BN" -> "#fdd9a0";
      case "LN" -> "#fdbf6f";
      case "SUM" -> "#b2df8a";
      case "CONCAT" -> "#8fd18a";
      case "MSA" -> "#f4a3a1";
      case "CSE" -> "#f7b6d2";
      case "MAX_POOL" -> "#cab2d6";
      case "AVG_POOL" -> "#d8c6e3";
      case "GLOB_AVG" -> "#b79ccd";
      case "POS_ENC" -> "#ffff99";
      default -> "#ffffff";
    };
  }
}
