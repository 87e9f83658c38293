package org.onnxghn.trainer.exec;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.SharedData;
import org.onnxghn.converter.cli.Main;
import org.onnxghn.onnx.OnnxModel;

/** What {@code check --for finetune} says of operators is what the executor does. */
class CheckAgreementTest {
  private static final String NOT_EXECUTABLE = "OG-470";

  /**
   * Files whose operators the table has, but not with these operands: the executor says so when it
   * compiles them, and only then. As in real-models.tsv and node-tests.tsv.
   */
  private static final int OPERAND_REFUSALS_PERCENT = 15;

  @ParameterizedTest
  @ValueSource(strings = {"models/real", "models/unit"})
  void nothingRunsThatCheckRefuses(String folder) throws IOException {
    Path models = SharedData.path(folder);
    StringWriter out = new StringWriter();
    Main.run(
        new String[] {"check", models.toString(), "--for", "finetune", "--json"},
        new PrintWriter(out),
        new PrintWriter(new StringWriter()));
    Map<String, TreeSet<String>> refused = new TreeMap<>();
    for (JsonNode model : new ObjectMapper().readTree(out.toString()).get("models")) {
      if (model.get("verdict").asText().equals("refused")) {
        continue;
      }
      TreeSet<String> operators = new TreeSet<>();
      for (JsonNode finding : model.get("findings")) {
        if (finding.get("code").asText().equals(NOT_EXECUTABLE)) {
          operators.add(finding.get("opType").asText());
        }
      }
      refused.put(model.get("path").asText(), operators);
    }
    assertThat(refused).hasSizeGreaterThan(40);
    List<String> later = new ArrayList<>();
    refused.forEach(
        (path, operators) -> {
          TreeSet<String> unsupported = unsupported(Path.of(path));
          assertThat(unsupported).as(path).containsAll(operators);
          if (!operators.equals(unsupported)) {
            later.add(path + " " + unsupported);
          }
        });
    assertThat(later.size() * 100)
        .as("%s", later)
        .isLessThan(OPERAND_REFUSALS_PERCENT * refused.size());
  }

  private static TreeSet<String> unsupported(Path path) {
    TreeSet<String> operators = new TreeSet<>();
    try {
      Program.compile(OnnxModel.read(path)).close();
    } catch (ExecutorException e) {
      e.unsupported()
          .forEach(
              node ->
                  operators.add(node.operator().substring(node.operator().lastIndexOf(":") + 1)));
    }
    return operators;
  }
}
