package org.onnxghn.trainer.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.tracker.Tracker;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onnxghn.trainer.exec.Autograd;
import org.onnxghn.trainer.run.RunException;

/** Against the published update equations, computed on the host in float64, and DJL's AdamW. */
class OptimizerTest {
  private static final int STEPS = 20;
  private static final double RATE = 0.05;

  private final NDManager manager = NDManager.newBaseManager();
  private final Map<String, NDArray> parameters = new LinkedHashMap<>();

  /** The minimum that the test's loss, the sum of (p - minimum)^4, has for each element. */
  private final Map<String, double[]> minima = new HashMap<>();

  @BeforeEach
  void leaves() {
    Random random = new Random(1);
    for (String name : new String[] {"weight", "bias"}) {
      double[] values = random.doubles(6, -1, 1).toArray();
      NDArray leaf = manager.create(values, name.equals("bias") ? new Shape(6) : new Shape(2, 3));
      leaf.setRequiresGradient(true);
      parameters.put(name, leaf);
      minima.put(name, random.doubles(6, -1, 1).toArray());
    }
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private void backward() {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      Autograd.recording(
          () -> {
            NDArray loss = null;
            for (Map.Entry<String, NDArray> parameter : parameters.entrySet()) {
              NDArray leaf = parameter.getValue();
              NDArray minimum = manager.create(minima.get(parameter.getKey()), leaf.getShape());
              NDArray away = leaf.sub(minimum);
              NDArray square = away.mul(away);
              NDArray part = square.mul(square).sum();
              loss = loss == null ? part : loss.add(part);
            }
            Autograd.backward(loss);
            return null;
          });
    }
  }

  private double[] gradient(String name, double[] p) {
    double[] g = new double[p.length];
    for (int i = 0; i < p.length; i++) {
      g[i] = 4 * Math.pow(p[i] - minima.get(name)[i], 3);
    }
    return g;
  }

  private void train(Optimizer optimizer, int steps) {
    for (int i = 0; i < steps; i++) {
      optimizer.zeroGradients();
      backward();
      optimizer.step(RATE);
    }
  }

  private Map<String, double[]> values() {
    Map<String, double[]> values = new HashMap<>();
    parameters.forEach((name, leaf) -> values.put(name, leaf.toDoubleArray()));
    return values;
  }

  @Test
  void adamWFollowsItsEquations() {
    Map<String, double[]> expected = values();
    expected.forEach(
        (name, p) -> {
          double decay = name.equals("bias") ? 0 : 0.1;
          double[] m = new double[p.length];
          double[] v = new double[p.length];
          for (int t = 1; t <= STEPS; t++) {
            double[] g = gradient(name, p);
            for (int i = 0; i < p.length; i++) {
              m[i] = 0.9 * m[i] + 0.1 * g[i];
              v[i] = 0.99 * v[i] + 0.01 * g[i] * g[i];
              double mean = m[i] / (1 - Math.pow(0.9, t));
              double square = v[i] / (1 - Math.pow(0.99, t));
              p[i] = p[i] - RATE * decay * p[i] - RATE * mean / (Math.sqrt(square) + 1e-8);
            }
          }
        });
    try (AdamW optimizer = adamW(0.99, 0.1)) {
      train(optimizer, STEPS);
      assertThat(optimizer.steps()).isEqualTo(STEPS);
    }
    expected.forEach(
        (name, p) ->
            assertThat(parameters.get(name).toDoubleArray())
                .as(name)
                .containsExactly(p, within(1e-12)));
  }

  @Test
  void adamWEqualsDjlsWithoutDecay() {
    ai.djl.training.optimizer.Optimizer djl =
        ai.djl.training.optimizer.Optimizer.adamW()
            .optLearningRateTracker(Tracker.fixed((float) RATE))
            .optWeightDecays(0)
            .build();
    NDArray other = manager.create(parameters.get("weight").toDoubleArray(), new Shape(2, 3));
    try (AdamW optimizer = adamW(0.999, 0)) {
      for (int i = 0; i < STEPS; i++) {
        optimizer.zeroGradients();
        backward();
        djl.update("weight", other, parameters.get("weight").getGradient().duplicate());
        optimizer.step(RATE);
        assertThat(parameters.get("weight").toDoubleArray())
            .containsExactly(other.toDoubleArray(), within(1e-5));
        other.copyTo(parameters.get("weight"));
      }
    }
  }

  private AdamW adamW(double beta2, double decay) {
    return new AdamW(
        parameters, 0.9, beta2, 1e-8, decay, name -> !name.equals("bias"), name -> false);
  }

  @Test
  void sgdFollowsItsEquations() {
    for (boolean nesterov : new boolean[] {false, true}) {
      Map<String, double[]> expected = values();
      expected.forEach(
          (name, p) -> {
            double[] b = new double[p.length];
            for (int t = 0; t < STEPS; t++) {
              double[] g = gradient(name, p);
              for (int i = 0; i < p.length; i++) {
                double d = g[i] + (name.equals("bias") ? 0 : 0.01) * p[i];
                b[i] = 0.9 * b[i] + d;
                p[i] -= RATE * (nesterov ? d + 0.9 * b[i] : b[i]);
              }
            }
          });
      try (Sgd sgd = new Sgd(parameters, 0.9, nesterov, 0.01, name -> !name.equals("bias"))) {
        train(sgd, STEPS);
      }
      expected.forEach(
          (name, p) ->
              assertThat(parameters.get(name).toDoubleArray())
                  .as(name + " " + nesterov)
                  .containsExactly(p, within(1e-9)));
    }
  }

  @Test
  void unusedRowsStayAsTheyAre() {
    NDArray table = manager.ones(new Shape(3, 2));
    table.setRequiresGradient(true);
    try (AdamW optimizer =
        new AdamW(Map.of("table", table), 0.9, 0.999, 1e-8, 0.1, n -> true, n -> true)) {
      for (int row : new int[] {0, 1}) {
        optimizer.zeroGradients();
        try (NDScope scope = new NDScope()) {
          scope.suppressNotUsedWarning();
          Autograd.recording(
              () -> {
                Autograd.backward(table.get(row).sum());
                return null;
              });
        }
        optimizer.step(0.1);
      }
    }
    float[] values = table.toFloatArray();
    // Row 0 was used by the first step only: decay to 0.99, and 0.1 along the gradient.
    assertThat(values[0]).isCloseTo(0.89f, within(1e-5f));
    assertThat(values[2]).isNotEqualTo(1f);
    assertThat(values[4]).isEqualTo(1f);
  }

  @Test
  void restoredStateGoesOnWithTheSameNumbers() {
    Map<String, double[]> begin = values();
    try (AdamW optimizer = adamW(0.999, 0.1)) {
      train(optimizer, STEPS);
    }
    Map<String, double[]> unbroken = values();
    begin.forEach(
        (name, p) ->
            manager.create(p, parameters.get(name).getShape()).copyTo(parameters.get(name)));
    Map<String, NDArray> stored = new HashMap<>();
    try (AdamW optimizer = adamW(0.999, 0.1)) {
      train(optimizer, STEPS / 2);
      optimizer.state().forEach((name, tensor) -> stored.put(name, copyOf(tensor)));
    }
    try (AdamW optimizer = adamW(0.999, 0.1)) {
      optimizer.restore(stored, STEPS / 2);
      train(optimizer, STEPS / 2);
    }
    unbroken.forEach(
        (name, p) -> assertThat(parameters.get(name).toDoubleArray()).as(name).isEqualTo(p));
  }

  private NDArray copyOf(NDArray tensor) {
    return manager.create(tensor.toDoubleArray(), tensor.getShape());
  }

  @Test
  void refusesAnotherState() {
    try (Sgd sgd = new Sgd(parameters, 0.9, false, 0, name -> true)) {
      assertThatThrownBy(() -> sgd.restore(Map.of(), 1))
          .isInstanceOf(RunException.class)
          .hasMessageContaining("momentum/weight");
    }
  }

  @Test
  void clipsByTheGlobalNorm() {
    backward();
    double square = 0;
    Map<String, double[]> before = new HashMap<>();
    for (Map.Entry<String, NDArray> parameter : parameters.entrySet()) {
      double[] g = parameter.getValue().getGradient().toDoubleArray();
      before.put(parameter.getKey(), g);
      for (double value : g) {
        square += value * value;
      }
    }
    double norm = Math.sqrt(square);
    assertThat(GradientClip.clip(parameters.values(), 2 * norm)).isCloseTo(norm, within(1e-9));
    before.forEach(
        (name, g) -> assertThat(parameters.get(name).getGradient().toDoubleArray()).isEqualTo(g));
    GradientClip.clip(parameters.values(), norm / 2);
    before.forEach(
        (name, g) -> {
          for (int i = 0; i < g.length; i++) {
            g[i] /= 2;
          }
          assertThat(parameters.get(name).getGradient().toDoubleArray())
              .containsExactly(g, within(1e-9));
        });
    parameters.get("bias").getGradient().set(new ai.djl.ndarray.index.NDIndex(0), Double.NaN);
    assertThat(GradientClip.clip(parameters.values(), 1e-3)).isNaN();
  }
}
