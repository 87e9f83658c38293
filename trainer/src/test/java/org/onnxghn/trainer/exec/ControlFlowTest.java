package org.onnxghn.trainer.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.protobuf.TextFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.ModelProto;

/** Gradients through branches, loops and sequences; ONNX Runtime for what they compute. */
class ControlFlowTest {
  private static final String SHAPE_2X2 =
      "type { tensor_type { elem_type: 11 shape { dim { dim_value: 2 } dim { dim_value: 2 } } } }";

  /** Inputs x and w, 2 x 2, float64; output y (and z). */
  private static OnnxModel model(String... graph) throws Exception {
    String text =
        """
        ir_version: 8
        opset_import { version: 17 }
        graph {
          name: "g"
          input { name: "x" SHAPE }
          input { name: "w" SHAPE }
          BODY
        }
        """
            .replace("SHAPE", SHAPE_2X2)
            .replace("BODY", String.join("\n", graph));
    ModelProto.Builder model = ModelProto.newBuilder();
    TextFormat.merge(text, model);
    return OnnxModel.of(model.build());
  }

  private static String node(String operator, String inputs, String outputs, String... more) {
    StringBuilder text = new StringBuilder("node { op_type: \"" + operator + "\" ");
    for (String input : inputs.split(" ")) {
      text.append("input: \"").append(input.equals("_") ? "" : input).append("\" ");
    }
    for (String output : outputs.split(" ")) {
      text.append("output: \"").append(output).append("\" ");
    }
    return text + String.join(" ", more) + " }";
  }

  private static String output(String name) {
    return "output { name: \"" + name + "\" type { tensor_type { elem_type: 11 } } }";
  }

  private static String ints(String name, String values, int... dims) {
    StringBuilder text = new StringBuilder("initializer { name: \"" + name + "\" data_type: 7 ");
    for (int dim : dims) {
      text.append("dims: ").append(dim).append(' ');
    }
    for (String value : values.split(" ")) {
      text.append("int64_data: ").append(value).append(' ');
    }
    return text + "}";
  }

  private static void check(OnnxModel model, long seed) throws Exception {
    Random random = new Random(seed);
    Map<String, TestTensor> inputs = new LinkedHashMap<>();
    inputs.put("x", TestTensor.uniform(ElementType.DOUBLE, random, -1, 1, 2, 2));
    inputs.put("w", TestTensor.uniform(ElementType.DOUBLE, random, -1, 1, 2, 2));
    CentralDifferences.check(model, inputs, Program.Mode.INFERENCE, "control flow");
    CentralDifferences.checkForward(model, inputs);
  }

  @Test
  void theBranchThatIsTaken() throws Exception {
    String branches =
        "attribute { name: \"then_branch\" type: GRAPH g { name: \"t\" "
            + node("MatMul", "x w", "t0")
            + node("Tanh", "t0", "t1")
            + output("t1")
            + " } } attribute { name: \"else_branch\" type: GRAPH g { name: \"e\" "
            + node("Mul", "x w", "e0")
            + output("e0")
            + " } }";
    OnnxModel model =
        model(
            node("ReduceSum", "x", "s", "attribute { name: \"keepdims\" type: INT i: 0 }"),
            node("Sub", "s s", "zero"),
            node("Greater", "s zero", "c"),
            node("If", "c", "r", branches),
            node("Mul", "r w", "y"),
            output("y"));
    check(model, 1);
    check(model, 2);
    check(model, 3);
  }

  @Test
  void aLoopWithStateAndScannedOutputs() throws Exception {
    String body =
        "attribute { name: \"body\" type: GRAPH g { name: \"b\" "
            + "input { name: \"i\" type { tensor_type { elem_type: 7 shape { } } } }"
            + "input { name: \"go\" type { tensor_type { elem_type: 9 shape { } } } }"
            + "input { name: \"a\" type { tensor_type { elem_type: 11 } } }"
            + "input { name: \"b\" type { tensor_type { elem_type: 11 } } }"
            + node("Identity", "go", "on")
            + node("Identity", "a", "before")
            + node("MatMul", "b w", "a2")
            + node("Tanh", "a", "b2")
            + "output { name: \"on\" type { tensor_type { elem_type: 9 shape { } } } }"
            + output("a2")
            + output("b2")
            + output("before")
            + "} }";
    check(
        model(
            ints("n", "3"),
            node("Loop", "n _ x w", "a9 b9 y", body),
            node("Add", "a9 b9", "z"),
            output("y"),
            output("z")),
        4);
  }

  @Test
  void aLoopThatTakesNoTurn() throws Exception {
    String body =
        "attribute { name: \"body\" type: GRAPH g { name: \"b\" "
            + "input { name: \"i\" type { tensor_type { elem_type: 7 shape { } } } }"
            + "input { name: \"go\" type { tensor_type { elem_type: 9 shape { } } } }"
            + "input { name: \"a\" type { tensor_type { elem_type: 11 } } }"
            + node("Identity", "go", "on")
            + node("Identity", "a", "a2")
            + node("Identity", "a", "open")
            + node("MatMul", "x w", "known")
            + "output { name: \"on\" type { tensor_type { elem_type: 9 shape { } } } }"
            + output("a2")
            + output("open")
            + "output { name: \"known\" "
            + SHAPE_2X2
            + " } } }";
    OnnxModel model =
        model(
            ints("n", "0"),
            node("Loop", "n _ x", "last y z", body),
            output("last"),
            output("y"),
            output("z"));
    try (NDManager manager = NDManager.newBaseManager();
        Program program = Program.compile(model)) {
      NDArray x = manager.ones(new Shape(2, 2), DataType.FLOAT64);
      Map<String, NDArray> outputs =
          program.run(Map.of("x", x, "w", x), Map.of(), Program.Mode.INFERENCE).outputs();
      assertThat(outputs.get("last")).isEqualTo(x);
      assertThat(outputs.get("y").getShape()).isEqualTo(new Shape(0));
      assertThat(outputs.get("z").getShape()).isEqualTo(new Shape(0, 2, 2));
      assertThat(outputs.get("z").getDataType()).isEqualTo(DataType.FLOAT64);
    }
  }

  @Test
  @Timeout(120)
  void aLoopWithoutEndIsAnError() throws Exception {
    String body =
        "attribute { name: \"body\" type: GRAPH g { name: \"b\" "
            + "input { name: \"i\" type { tensor_type { elem_type: 7 shape { } } } }"
            + "input { name: \"go\" type { tensor_type { elem_type: 9 shape { } } } }"
            + "input { name: \"a\" type { tensor_type { elem_type: 11 } } }"
            + node("Identity", "go", "on")
            + node("Identity", "a", "a2")
            + "output { name: \"on\" type { tensor_type { elem_type: 9 shape { } } } }"
            + output("a2")
            + "} }";
    OnnxModel model = model(node("Loop", "_ _ x", "y", body), output("y"));
    try (NDManager manager = NDManager.newBaseManager();
        Program program = Program.compile(model)) {
      NDArray x = manager.ones(new Shape(2, 2), DataType.FLOAT64);
      assertThatThrownBy(() -> program.run(Map.of("x", x), Map.of(), Program.Mode.INFERENCE))
          .isInstanceOfSatisfying(
              ExecutorException.class, e -> assertThat(e.code()).isEqualTo("OG-503"))
          .hasMessageContaining("the loops took more than 1000000 turns");
    }
  }

  @Test
  void aScanBothWays() throws Exception {
    String body =
        "attribute { name: \"num_scan_inputs\" type: INT i: 1 } "
            + "attribute { name: \"scan_input_directions\" type: INTS ints: 1 } "
            + "attribute { name: \"scan_output_axes\" type: INTS ints: 1 } "
            + "attribute { name: \"body\" type: GRAPH g { name: \"b\" "
            + "input { name: \"s\" type { tensor_type { elem_type: 11 } } }"
            + "input { name: \"xi\" type { tensor_type { elem_type: 11 } } }"
            + node("Add", "s xi", "s1")
            + node("Tanh", "s1", "s2")
            + node("Mul", "s2 s", "o")
            + output("s2")
            + output("o")
            + "} }";
    check(
        model(
            ints("zero", "0"),
            node("Gather", "w zero", "s0"),
            node("Scan", "s0 x", "last y", body),
            node("Add", "last last", "z"),
            output("y"),
            output("z")),
        5);
  }

  @Test
  void tensorsThroughSequences() throws Exception {
    OnnxModel model =
        model(
            ints("one", "1"),
            ints("zero", "0"),
            node("SplitToSequence", "x", "s0", "attribute { name: \"axis\" type: INT i: 0 }"),
            node("SequenceInsert", "s0 w one", "s1"),
            node("SequenceErase", "s1 zero", "s2"),
            node("ConcatFromSequence", "s2", "c", "attribute { name: \"axis\" type: INT i: 0 }"),
            node("SequenceConstruct", "c x", "s3"),
            node("SequenceAt", "s3 one", "d"),
            node("MatMul", "c d", "y"),
            output("y"));
    check(model, 6);
  }

  @Test
  void whatCannotBeRunIsSaidAllAtOnce() throws Exception {
    OnnxModel model =
        model(
            "node { name: \"first\" op_type: \"NonMaxSuppression\" input: \"x\" input: \"w\""
                + " output: \"a\" }",
            "node { op_type: \"Unique\" input: \"a\" output: \"b\" }",
            "node { name: \"third\" op_type: \"Frobnicate\" domain: \"my.own\" input: \"x\""
                + " output: \"y\" }",
            output("b"),
            output("y"));
    ExecutorException refused =
        org.junit.jupiter.api.Assertions.assertThrows(
            ExecutorException.class, () -> Program.compile(model));
    assertThat(refused.code()).isEqualTo("OG-500");
    assertThat(refused.unsupported())
        .extracting(UnsupportedOperator::node)
        .containsExactly("first", "b", "third");
    assertThat(refused).hasMessageContaining("my.own::Frobnicate");
  }
}
