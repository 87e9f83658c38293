package org.onnxghn.trainer.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.onnxghn.trainer.exec.ops.Operators;

/** The gradients of every differentiable operator are those of central differences in float64. */
class GradientsTest {
  /** Operators whose results are indices, truth values or steps, or that only pass tensors on. */
  private static final Set<String> WITHOUT_GRADIENT =
      Set.of(
          ("And Or Xor Not Equal Greater Less GreaterOrEqual LessOrEqual BitwiseAnd BitwiseOr"
                  + " BitwiseXor BitwiseNot BitShift IsNaN IsInf ArgMax ArgMin NonZero Shape Size"
                  + " Constant ConstantOfShape Range EyeLike OneHot Bernoulli Multinomial"
                  + " RandomNormal RandomNormalLike RandomUniform RandomUniformLike Hardmax Ceil"
                  + " Floor Round Sign QuantizeLinear DequantizeLinear SequenceLength"
                  + " com.microsoft::Range com.microsoft::QuantizeLinear"
                  + " com.microsoft::DequantizeLinear SequenceEmpty HannWindow HammingWindow BlackmanWindow Cast CastLike")
              .split(" "));

  /** Tested as parts of larger graphs in {@link ControlFlowTest}. */
  private static final Set<String> ELSEWHERE =
      Set.of(
          "If",
          "Loop",
          "Scan",
          "SequenceAt",
          "SequenceConstruct",
          "SequenceInsert",
          "SequenceErase",
          "SplitToSequence",
          "ConcatFromSequence");

  static Stream<String> lines() {
    return OneNode.lines("gradients.txt");
  }

  @ParameterizedTest
  @MethodSource("lines")
  void gradientsAreThoseOfCentralDifferences(String line) {
    boolean training = line.startsWith("train ");
    OneNode node = OneNode.parse(training ? line.substring("train ".length()) : line);
    CentralDifferences.check(
        node.model(),
        node.inputs(),
        training ? Program.Mode.TRAINING : Program.Mode.INFERENCE,
        line);
  }

  @Test
  void everyDifferentiableOperatorIsTested() {
    Set<String> tested =
        lines()
            .map(line -> line.replaceFirst("^train ", "").split("\\s+")[1])
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> expected = new TreeSet<>(Operators.names());
    expected.removeAll(WITHOUT_GRADIENT);
    expected.removeAll(ELSEWHERE);
    assertThat(tested).containsAll(expected);
  }
}
