package org.onnxghn.trainer.eval;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.onnxghn.converter.report.Escape;

/**
 * A table, for people and for pages.
 *
 * @param title a line above it
 * @param header names of the columns
 * @param rows as many cells each
 */
record Table(String title, List<String> header, List<List<String>> rows) {
  private static final int MOST_OPEN = 15;
  private static final Pattern MARKUP = Pattern.compile("[\\\\`*\\[\\]<>&|~@:$#!]|(?i)(?<=www)\\.");

  /** As Markdown; columns but the first are set to the right, long tables are folded. */
  String markdown() {
    boolean folded = rows.size() > MOST_OPEN;
    StringBuilder text = new StringBuilder();
    text.append(folded ? "<details><summary>" + title + "</summary>" : title).append("\n\n");
    line(text, header.stream().map(Table::escaped).toList());
    List<String> rule = new ArrayList<>(Collections.nCopies(header.size(), "---:"));
    rule.set(0, "---");
    text.append("|").append(String.join("|", rule)).append("|\n");
    rows.forEach(row -> line(text, row.stream().map(Table::escaped).toList()));
    return text.append(folded ? "\n</details>\n" : "").toString();
  }

  private static void line(StringBuilder text, List<String> cells) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  /** Names are from files: none is markup, a link or a mention. */
  private static String escaped(String cell) {
    return MARKUP
        .matcher(Escape.name(cell))
        .replaceAll(sign -> "&#" + (int) sign.group().charAt(0) + ";");
  }

  /** With columns of equal width. */
  String text() {
    List<List<String>> all = new ArrayList<>(List.of(header));
    rows.forEach(row -> all.add(row.stream().map(Escape::name).toList()));
    StringBuilder text = new StringBuilder(title).append("\n\n");
    for (List<String> row : all) {
      List<String> cells = new ArrayList<>();
      for (int i = 0; i < row.size(); i++) {
        int column = i;
        int width = all.stream().mapToInt(cellsOf -> cellsOf.get(column).length()).max().orElse(0);
        String cell = row.get(i);
        String space = " ".repeat(width - cell.length());
        cells.add(i == 0 ? cell + space : space + cell);
      }
      text.append(cells.stream().collect(Collectors.joining("  ")).stripTrailing()).append('\n');
    }
    return text.toString();
  }
}
