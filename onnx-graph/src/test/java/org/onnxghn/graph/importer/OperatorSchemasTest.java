package org.onnxghn.graph.importer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The table against the operator schemas that onnx and ONNX Runtime register. */
class OperatorSchemasTest {
  /** Known from public documents and models only; no release that we could ask registers them. */
  private static final Set<String> WITHOUT_SCHEMA =
      Set.of(
          "com.microsoft Recv",
          "com.microsoft Send",
          "com.microsoft VarlenNGramHashMapping",
          "org.pytorch.aten ATen");

  private final List<Schema> schemas = schemas();
  private final Map<String, Operator> table =
      OperatorTable.all().stream()
          .collect(Collectors.toMap(OperatorSchemasTest::key, Function.identity()));

  @Test
  void everyRegisteredOperatorIsInTheTableAndNoOther() {
    Set<String> registered = schemas.stream().map(Schema::key).collect(Collectors.toSet());
    registered.addAll(WITHOUT_SCHEMA);
    assertThat(table.keySet()).isEqualTo(registered);
  }

  @Test
  void versionsAreTheRegisteredOnes() {
    Map<String, Set<Integer>> registered =
        schemas.stream()
            .collect(
                Collectors.toMap(
                    Schema::key,
                    schema -> new TreeSet<>(schema.versions()),
                    (a, b) -> {
                      a.addAll(b);
                      return a;
                    }));
    assertThat(registered)
        .allSatisfy(
            (key, versions) ->
                assertThat(table.get(key).sinceVersions()).containsExactlyElementsOf(versions));
  }

  @Test
  void deprecationIsTheRegisteredOne() {
    for (Schema schema : schemas) {
      Operator newest = table.get(schema.key());
      int last = schema.versions().get(schema.versions().size() - 1);
      assertThat(newest.atVersion(last).isDeprecated())
          .as(schema.key())
          .isEqualTo(schema.deprecated().contains(last));
    }
  }

  @Test
  void everyInputThatARowNamesExists() {
    for (Schema schema : schemas) {
      Operator operator = table.get(schema.key());
      Set<Integer> named = new HashSet<>(operator.dataInputs().listed());
      named.addAll(operator.parameters().keySet());
      assertThat(named)
          .as(schema.key())
          .allSatisfy(input -> assertThat(input).isLessThan(schema.inputs()));
    }
  }

  private record Schema(
      String domain, String name, List<Integer> versions, List<Integer> deprecated, int inputs) {
    String key() {
      return domain + ' ' + name;
    }
  }

  private static String key(Operator operator) {
    return operator.domain() + ' ' + operator.name();
  }

  private static List<Schema> schemas() {
    try (var reader =
        new BufferedReader(
            new InputStreamReader(
                OperatorSchemasTest.class.getResourceAsStream("operator-schemas.tsv"),
                StandardCharsets.UTF_8))) {
      return reader
          .lines()
          .filter(line -> !line.startsWith("#") && !line.startsWith("source"))
          .map(line -> line.split("\t", -1))
          .map(
              cells ->
                  new Schema(
                      cells[1],
                      cells[2],
                      numbers(cells[3]),
                      numbers(cells[4]),
                      Optional.of(cells[5])
                          .filter(inputs -> !inputs.equals("*"))
                          .map(Integer::valueOf)
                          .orElse(Integer.MAX_VALUE)))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Integer> numbers(String cell) {
    return cell.isEmpty()
        ? List.of()
        : Arrays.stream(cell.split(" ")).map(Integer::valueOf).toList();
  }
}
