package org.onnxghn.trainer.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.protobuf.TextFormat;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.ModelProto;

/** Functions of the model: attributes of their calls, and inputs that these leave out. */
class FunctionsTest {
  /** Runs a graph of inputs x = 1, 2, 3, 4 (1x1x2x2) and w = 2 (1x1x1x1); its output is y. */
  private static float[] run(String functions, String nodes) throws Exception {
    try (NDManager manager = NDManager.newBaseManager();
        Program program = Program.compile(model(functions, nodes))) {
      NDArray x = manager.create(new float[] {1, 2, 3, 4}, new Shape(1, 1, 2, 2));
      NDArray w = manager.create(new float[] {2}, new Shape(1, 1, 1, 1));
      return program
          .run(Map.of("x", x, "w", w), Map.of(), Program.Mode.INFERENCE)
          .output()
          .toFloatArray();
    }
  }

  private static OnnxModel model(String functions, String nodes) {
    String text =
        """
        ir_version: 8
        opset_import { version: 17 }
        opset_import { domain: "f" version: 1 }
        FUNCTIONS
        graph { name: "g" INPUTS NODES output { name: "y" } }
        """
            .replace("FUNCTIONS", functions)
            .replace("INPUTS", input("x", 2) + input("w", 1))
            .replace("NODES", nodes);
    ModelProto.Builder model = ModelProto.newBuilder();
    try {
      TextFormat.merge(text, model);
    } catch (TextFormat.ParseException e) {
      throw new IllegalArgumentException(text, e);
    }
    return OnnxModel.of(model.build());
  }

  private static String input(String name, int size) {
    StringBuilder text = new StringBuilder("input { name: \"" + name + "\" type { tensor_type {");
    text.append(" elem_type: 1 shape {");
    for (int dim : new int[] {1, 1, size, size}) {
      text.append(" dim { dim_value: ").append(dim).append(" }");
    }
    return text + " } } } } ";
  }

  private static String function(String name, String inputs, String... nodes) {
    StringBuilder text = new StringBuilder("functions { domain: \"f\" name: \"" + name + "\" ");
    for (String input : inputs.split(" ")) {
      text.append("input: \"").append(input).append("\" ");
    }
    return text
        + "output: \"r\" attribute: \"p\" opset_import { version: 17 } opset_import {"
        + " domain: \"f\" version: 1 } "
        + String.join(" ", nodes)
        + " }";
  }

  private static String node(String operator, String inputs, String output, String... more) {
    StringBuilder text = new StringBuilder("node { op_type: \"" + operator + "\" ");
    for (String input : inputs.split(" ")) {
      text.append("input: \"").append(input.equals("_") ? "" : input).append("\" ");
    }
    return text + "output: \"" + output + "\" " + String.join(" ", more) + " }";
  }

  private static String call(String function, String inputs, String output, String... more) {
    return node(function, inputs, output, "domain: \"f\"", String.join(" ", more));
  }

  /** A node whose one attribute is the attribute p of the call. */
  private static String referring(String operator, String attribute, String type, String input) {
    String inputs = input.isEmpty() ? "" : "input: \"" + input + "\" ";
    String reference =
        "attribute { name: \"" + attribute + "\" type: " + type + " ref_attr_name: \"p\" }";
    return "node { op_type: \"" + operator + "\" " + inputs + "output: \"c\" " + reference + " }";
  }

  private static String argument(String type, String value) {
    return "attribute { name: \"p\" type: " + type + " " + value + " }";
  }

  @ParameterizedTest
  @CsvSource({
    "value_float, FLOAT, f: 2, f: -0.5",
    "value_floats, FLOATS, floats: 2, floats: -0.5 floats: -0.5",
    "value_int, INT, i: 2, i: -1",
    "value_ints, INTS, ints: 2, ints: -1 ints: -1",
    "value, TENSOR, t { data_type: 1 float_data: 2 }, t { data_type: 11 double_data: -0.5 }",
    "value, TENSOR, t { data_type: 7 dims: 2 int64_data: 2 int64_data: 2 },"
        + " t { data_type: 6 dims: 1 dims: 1 int32_data: -1 }",
    "value, TENSOR, t { data_type: 1 dims: 1 dims: 2 float_data: 2 float_data: 2 },"
        + " t { data_type: 10 dims: 1 int32_data: 47104 }"
  })
  void aConstantHasTheValueOfEachCall(String attribute, String type, String two, String other)
      throws Exception {
    String scaled =
        function(
            "Scaled",
            "a",
            referring("Constant", attribute, type, ""),
            node("Cast", "c", "d", "attribute { name: \"to\" type: INT i: 1 }"),
            node("Mul", "a d", "r"));
    String calls =
        call("Scaled", "x", "s", argument(type, two))
            + call("Scaled", "s", "y", argument(type, other));
    float factor = other.contains("0.5") || other.contains("47104") ? -1 : -2;
    assertThat(run(scaled, calls)).containsExactly(factor, 2 * factor, 3 * factor, 4 * factor);
  }

  @Test
  void aConstantOfACallIsASetting() throws Exception {
    String total =
        function(
            "Total",
            "a",
            referring("Constant", "value_ints", "INTS", ""),
            node("ReduceSum", "a c", "r", "attribute { name: \"keepdims\" type: INT i: 0 }"));
    assertThat(run(total, call("Total", "x", "y", argument("INTS", "ints: 1 ints: 3"))))
        .containsExactly(3, 7);
  }

  @Test
  void aConstantOfShapeIsFilledWithTheValueOfTheCall() throws Exception {
    String filled =
        function(
            "Filled",
            "a",
            "node { op_type: \"Constant\" output: \"b\""
                + " attribute { name: \"value_ints\" type: INTS ints: 2 } }",
            referring("ConstantOfShape", "value", "TENSOR", "b"),
            node("Add", "a c", "r"));
    String value = argument("TENSOR", "t { data_type: 1 dims: 1 float_data: 5 }");
    assertThat(run(filled, call("Filled", "x", "y", value))).containsExactly(6, 7, 8, 9);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x w", "x w _"})
  void anInputThatACallLeavesOutIsLeftOutOfTheNodesInside(String inputs) throws Exception {
    String layer = function("Layer", "a b v", node("Conv", "a b v", "r"));
    assertThat(run(layer, call("Layer", inputs, "y"))).containsExactly(2, 4, 6, 8);
    String outer = function("Outer", "d e u", call("Layer", "d e u", "r"));
    assertThat(run(layer + outer, call("Outer", inputs, "y"))).containsExactly(2, 4, 6, 8);
  }

  /** A file of some megabytes. */
  @Test
  void aFunctionOfManyDomainsMayBeCalledManyTimes() {
    StringBuilder domains = new StringBuilder();
    for (int i = 0; i < 100_000; i++) {
      domains.append("opset_import { domain: \"d").append(i).append("\" version: 1 } ");
    }
    String wide = function("Wide", "a", node("Relu", "a", "r"), domains.toString());
    StringBuilder calls = new StringBuilder(call("Wide", "x", "t0"));
    for (int i = 1; i < 10_000; i++) {
      calls.append(call("Wide", "t" + (i - 1), "t" + i));
    }
    calls.append(node("Relu", "t9999", "y"));
    OnnxModel model = model(wide, calls.toString());
    CompiledText text =
        assertTimeoutPreemptively(
            Duration.ofSeconds(20),
            () -> GraphCompiler.compile(model, Program.Mode.INFERENCE, Set.of(), Autocast.OFF));
    assertThat(text).isNotNull();
  }
}
