package org.onnxghn.graph.importer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.onnxghn.graph.Primitive;
import org.onnxghn.graph.Role;

/**
 * Reads {@code operators.csv}, strictly: a malformed row is a bug of ours and stops the program
 * with the line's number. Cells hold neither commas nor quotes, so that no quoting is needed.
 */
final class OperatorCsv {
  static final String HEADER =
      "domain,name,sinceVersions,deprecatedSince,use,dataInputs,parameters,primitive,executor,note";

  private static final int COLUMNS = HEADER.split(",").length;

  private OperatorCsv() {}

  /**
   * Parses the lines of the file, comments included.
   *
   * @throws IllegalStateException naming the line, if one is malformed or an operator stands twice
   */
  static List<Operator> parse(List<String> lines) {
    List<Operator> operators = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    boolean headed = false;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.startsWith("#")) {
        continue;
      }
      try {
        if (!headed) {
          require(line.equals(HEADER), "expected the header " + HEADER);
          headed = true;
          continue;
        }
        Operator operator = row(line);
        require(seen.add(operator.domain() + ' ' + operator.name()), "second row of this operator");
        operators.add(operator);
      } catch (IllegalArgumentException e) {
        throw new IllegalStateException(
            "operators.csv line " + (i + 1) + ": " + e.getMessage() + ": " + line, e);
      }
    }
    return List.copyOf(operators);
  }

  private static Operator row(String line) {
    String[] cells = line.split(",", -1);
    require(cells.length == COLUMNS, "expected " + COLUMNS + " cells, not " + cells.length);
    require(line.indexOf('"') < 0, "a quote");
    require(!cells[0].isBlank() && !cells[1].isBlank(), "no domain or no name");
    List<Integer> since = words(cells[2]).stream().map(Integer::valueOf).toList();
    require(!since.isEmpty() && since.get(0) >= 1, "no since-version, or one below 1");
    requireAscending(since);
    int newest = since.get(since.size() - 1);
    int deprecatedSince = cells[3].isEmpty() ? 0 : Integer.parseInt(cells[3]);
    require(deprecatedSince == 0 || since.contains(deprecatedSince), "unknown deprecatedSince");
    require(cells[8].equals("yes") || cells[8].equals("no"), "executor is neither yes nor no");
    return new Operator(
        cells[0],
        cells[1],
        newest,
        since,
        deprecatedSince,
        OperatorUse.valueOf(cells[4]),
        inputs(cells[5]),
        parameters(cells[6]),
        words(cells[7]).stream().map(OperatorCsv::primitive).toList(),
        cells[8].equals("yes"),
        cells[9]);
  }

  private static InputSet inputs(String cell) {
    List<Integer> listed = new ArrayList<>();
    int from = InputSet.NONE;
    for (String word : words(cell)) {
      require(from == InputSet.NONE, "an input after the open end");
      if (word.endsWith("*")) {
        from = word.length() == 1 ? 0 : Integer.parseInt(word, 0, word.length() - 1, 10);
      } else {
        listed.add(Integer.valueOf(word));
      }
    }
    requireAscending(listed);
    return new InputSet(listed, from);
  }

  private static Map<Integer, Role> parameters(String cell) {
    Map<Integer, Role> parameters = new TreeMap<>();
    for (String word : words(cell)) {
      int equals = word.indexOf('=');
      require(equals > 0, "a parameter without index=ROLE");
      int input = Integer.parseInt(word, 0, equals, 10);
      Role role = Role.valueOf(word.substring(equals + 1));
      require(parameters.put(input, role) == null, "a parameter's index twice");
    }
    return parameters;
  }

  private static Primitive primitive(String label) {
    return Arrays.stream(Primitive.values())
        .filter(primitive -> primitive.label().equals(label))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no primitive " + label));
  }

  private static List<String> words(String cell) {
    return cell.isEmpty() ? List.of() : List.of(cell.split(" ", -1));
  }

  private static void requireAscending(List<Integer> numbers) {
    for (int i = 1; i < numbers.size(); i++) {
      require(numbers.get(i - 1) < numbers.get(i), "numbers that do not ascend");
    }
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
