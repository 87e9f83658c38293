package org.onnxghn.converter.inspect;

import java.util.List;

/** A computational graph in Graphviz's language. */
final class DotText {
  private DotText() {}

  static String of(GraphReport graph, String title) {
    StringBuilder dot = new StringBuilder("digraph ");
    dot.append(quoted(title)).append(" {\n  node [shape=box, style=\"rounded,filled\"];\n");
    for (GraphReport.Node node : graph.nodes()) {
      dot.append("  n")
          .append(node.index())
          .append(" [label=")
          .append(quoted(NodeLabel.headline(node) + "\n" + NodeLabel.shortName(node)))
          .append(", tooltip=")
          .append(quoted(NodeLabel.fullName(node)))
          .append(", fillcolor=\"")
          .append(NodeLabel.colour(node.primitive()))
          .append("\"];\n");
    }
    for (List<Integer> edge : graph.edges()) {
      dot.append("  n").append(edge.get(0)).append(" -> n").append(edge.get(1)).append(";\n");
    }
    return dot.append("}\n").toString();
  }

  /** Our line's end becomes Graphviz's; names were escaped and have none of their own. */
  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
  }
}
