package org.onnxghn.trainer.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.onnxghn.graph.importer.Operator;
import org.onnxghn.graph.importer.OperatorTable;
import org.onnxghn.trainer.exec.ops.Operators;

class OperatorRegistryTest {
  @Test
  void theTableAndTheExecutorAgree() {
    assertThat(names(Operator::executable)).isEqualTo(Operators.names());
  }

  @Test
  void everyOperatorThatIsNotRunHasAReason() {
    assertThat(names(row -> !row.executable() && !row.note().contains("executor: "))).isEmpty();
  }

  private static TreeSet<String> names(Predicate<Operator> rows) {
    return OperatorTable.all().stream()
        .filter(rows)
        .map(
            row ->
                row.domain().equals(OperatorTable.DEFAULT_DOMAIN)
                    ? row.name()
                    : row.domain() + "::" + row.name())
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
