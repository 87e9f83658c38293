package org.onnxghn.ghn;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.GraphNode;
import org.onnxghn.graph.Primitive;
import org.onnxghn.graph.Role;
import org.onnxghn.onnx.Shape;

/** What a prediction keeps in memory, and how long. */
class GhnMemoryTest {
  /** Attention has matrices of (heads, n, n) in each layer. */
  @Test
  void withoutGradientsTheEncoderKeepsOneLayersArrays() {
    assertThat(arraysOfEncoding(9)).isEqualTo(arraysOfEncoding(2) + 7);
  }

  private static int arraysOfEncoding(int layers) {
    GhnConfig config = new GhnConfig(GhnConfig.Kind.GHN3, 8, layers, 2, 8, 5, 6, true, true, true);
    boolean gradients = JniUtils.isGradMode();
    JniUtils.setGradMode(false);
    try (Ghn ghn = Ghn.of(Checkpoint.initialise(config, 1));
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDManager owner = ghn.parameters().manager();
      int before = owner.getManagedArrays().size();
      ghn.encode(List.of(EveryKind.graph()));
      return owner.getManagedArrays().size() - before;
    } finally {
      JniUtils.setGradMode(gradients);
    }
  }

  /** Channels of many sizes cut the decoder's last layer into many cells. */
  @Test
  void withoutGradientsHiddenRowsAreNotKeptForEachCell() {
    List<GraphNode> nodes = new ArrayList<>();
    EveryKind.add(nodes, Primitive.INPUT, "input", null, null);
    EveryKind.add(nodes, Primitive.CONV, "kernel", Role.WEIGHT, Shape.of(64, 64, 5, 5));
    for (int size = 6; size < 64; size += size / 6) {
      EveryKind.add(nodes, Primitive.CONV, "m" + size, Role.WEIGHT, Shape.of(size, size));
    }
    ComputationalGraph graph = new ComputationalGraph(nodes, new int[nodes.size()][0]);
    GhnConfig config = new GhnConfig(GhnConfig.Kind.GHN3, 32, 1, 2, 64, 5, 6, true, true, true);
    boolean gradients = JniUtils.isGradMode();
    JniUtils.setGradMode(false);
    try (Ghn ghn = Ghn.of(Checkpoint.initialise(config, 1));
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      long kept = 0;
      Set<NDArray> before = new HashSet<>(ghn.parameters().manager().getManagedArrays());
      ghn.forward(List.of(graph), 0);
      for (NDArray array : ghn.parameters().manager().getManagedArrays()) {
        boolean row = array.getShape().dimension() == 2 && array.getShape().get(1) == 8 * 32;
        kept += row && !before.contains(array) ? array.getShape().get(0) : 0;
      }
      // Copies for each of the cells would be hundreds for a position; views of weights count, too.
      int positions = 25 + nodes.size() - 2;
      assertThat(kept).isPositive().isLessThan(20L * positions);
    } finally {
      JniUtils.setGradMode(gradients);
    }
  }

  @Test
  void noArrayOutlivesItsPrediction() {
    try (Ghn ghn = Goldens.TINY.ghn(DataType.FLOAT32)) {
      // Results belong to the manager of the tensors that they come from, unless they are freed.
      NDManager owner = ghn.parameters().manager();
      int before = owner.getManagedArrays().size();
      for (String network : Goldens.TINY.networks()) {
        ghn.predict(Goldens.TINY.graph(network));
        assertThat(owner.getManagedArrays()).hasSize(before);
      }
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        ghn.forward(List.of(Goldens.TINY.graph("small_cnn")), 0);
        assertThat(owner.getManagedArrays().size()).isGreaterThan(before);
      }
      assertThat(owner.getManagedArrays()).hasSize(before);
    }
  }
}
