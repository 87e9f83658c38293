package org.onnxghn.trainer.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.onnxghn.trainer.exec.Autograd;

class LossTest {
  @Test
  void targetsByHand() {
    int[] labels = {2, 0, 1};
    assertThat(new SoftTargets(3, 0, 0).of(labels, 1)).containsExactly(0, 0, 1, 1, 0, 0, 0, 1, 0);
    float[] smoothed = new SoftTargets(4, 0.2, 0).of(new int[] {1}, 1);
    assertThat(smoothed).containsExactly(new float[] {0.05f, 0.85f, 0.05f, 0.05f}, within(1e-7f));
    // Image 0 has 0.7 of itself and 0.3 of image 2; the middle one is mixed with itself.
    float[] mixed = new SoftTargets(3, 0.3, 1).of(labels, 0.7);
    assertThat(mixed)
        .containsExactly(
            new float[] {0.1f, 0.31f, 0.59f, 0.8f, 0.1f, 0.1f, 0.1f, 0.59f, 0.31f}, within(1e-6f));
  }

  @Test
  void imagesAreMixedAsTheirTargets() {
    FloatBuffer images = FloatBuffer.wrap(new float[] {1, 2, 10, 20, 100, 200});
    SoftTargets.mix(0.75, images, 3);
    assertThat(images.array())
        .containsExactly(new float[] {25.75f, 51.5f, 10, 20, 75.25f, 150.5f}, within(1e-4f));
  }

  /** Beta(a, a) has mean 1/2 and variance 1 / (4 (2 a + 1)). */
  @Test
  void sharesHaveTheBetaDistribution() {
    for (double alpha : new double[] {0.2, 1, 4}) {
      SoftTargets targets = new SoftTargets(2, 0, alpha);
      double sum = 0;
      double squares = 0;
      int count = 20_000;
      for (int step = 0; step < count; step++) {
        double share = targets.draw(11, step);
        assertThat(share).isBetween(0.0, 1.0).isEqualTo(targets.draw(11, step));
        sum += share;
        squares += share * share;
      }
      double mean = sum / count;
      assertThat(mean).isCloseTo(0.5, within(0.01));
      assertThat(squares / count - mean * mean).isCloseTo(1 / (4 * (2 * alpha + 1)), within(0.005));
    }
    assertThat(new SoftTargets(2, 0, 0).draw(11, 5)).isEqualTo(1);
  }

  @Test
  void crossEntropyByHandAndItsGradientByDifferences() {
    int n = 5;
    int classes = 7;
    Random random = new Random(3);
    double[] logits = random.doubles(n * classes, -3, 3).toArray();
    double[] targets = random.doubles(n * classes, 0, 1).toArray();
    try (NDManager manager = NDManager.newBaseManager();
        CrossEntropy loss = new CrossEntropy(Device.cpu())) {
      NDArray leaf = manager.create(logits, new Shape(n, classes, 1, 1));
      NDArray wanted = manager.create(targets, new Shape(n, classes));
      leaf.setRequiresGradient(true);
      CrossEntropy.Result result = Autograd.recording(() -> loss.of(leaf, wanted, manager));
      Autograd.backward(result.loss());
      assertThat(result.loss().getDouble())
          .isCloseTo(byHand(logits, targets, classes), within(1e-12));
      double[] gradient = leaf.getGradient().toDoubleArray();
      for (int i = 0; i < logits.length; i++) {
        double[] up = logits.clone();
        double[] down = logits.clone();
        up[i] += 1e-5;
        down[i] -= 1e-5;
        double difference = (byHand(up, targets, classes) - byHand(down, targets, classes)) / 2e-5;
        assertThat(gradient[i]).isCloseTo(difference, within(1e-8));
      }
      long hits = 0;
      for (int i = 0; i < n; i++) {
        hits += best(logits, i * classes, classes) == best(targets, i * classes, classes) ? 1 : 0;
      }
      assertThat(result.hits().getLong()).isEqualTo(hits);
    }
  }

  private static int best(double[] values, int from, int count) {
    int best = from;
    for (int i = from; i < from + count; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best - from;
  }

  private static double byHand(double[] logits, double[] targets, int classes) {
    double sum = 0;
    for (int row = 0; row < logits.length; row += classes) {
      double total = 0;
      for (int c = row; c < row + classes; c++) {
        total += Math.exp(logits[c]);
      }
      for (int c = row; c < row + classes; c++) {
        sum -= targets[c] * (logits[c] - Math.log(total));
      }
    }
    return sum / (logits.length / classes);
  }
}
