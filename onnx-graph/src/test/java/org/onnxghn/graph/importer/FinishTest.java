package org.onnxghn.graph.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.onnxghn.graph.Primitive;
import org.onnxghn.onnx.OnnxException;
import org.onnxghn.onnx.Shape;

class FinishTest {
  @Test
  void nodesInACircleAreRefused() {
    NodeSpec a = NodeSpec.parameter(Primitive.CONV, Shape.of(1, 1), null, "a");
    NodeSpec b = NodeSpec.parameter(Primitive.BIAS, Shape.of(1), null, "b");
    List<int[]> predecessors = List.of(new int[0], new int[] {0, 2}, new int[] {1});
    Contract.Contracted graph = new Contract.Contracted(Arrays.asList(null, a, b), predecessors);
    assertThatThrownBy(() -> Finish.finish(graph))
        .isInstanceOfSatisfying(OnnxException.class, e -> assertThat(e.code()).isEqualTo("OG-204"));
  }
}
