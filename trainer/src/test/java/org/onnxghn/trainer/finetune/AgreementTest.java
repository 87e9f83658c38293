package org.onnxghn.trainer.finetune;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.onnxghn.converter.runtime.AccuracyResult;
import org.onnxghn.converter.runtime.Scores;
import org.onnxghn.graph.Finding;

class AgreementTest {
  private static final int[] LABELS = {0, 1, 1, 0};

  private static Evaluation evaluation(float[][] rows) {
    Scores scores = new Scores(List.of("a", "b"));
    Predictions predictions = new Predictions(rows.length);
    for (int i = 0; i < rows.length; i++) {
      scores.add(rows[i], LABELS[i]);
      predictions.add(i, rows[i]);
    }
    return new Evaluation(scores.result(2, 1), 0, predictions);
  }

  private static Agreement agreement(float[][] executor, float[][] runtime) {
    Evaluation other = evaluation(runtime);
    return Agreement.of(evaluation(executor), other.result(), other.predictions());
  }

  @Test
  void equalPredictionsNeedNoFinding() {
    float[][] rows = {{1, 0}, {0, 1}, {2, 1}, {0, 1}};
    Agreement agreement = agreement(rows, rows);
    assertThat(agreement).isEqualTo(new Agreement(4, 2, 2, List.of(), 0, 0));
    assertThat(agreement.finding()).isEmpty();
  }

  @Test
  void aNearTieIsExplainedButNoAccuracyIsThrownAway() {
    float[][] executor = {{1, 0}, {0.50001f, 0.5f}, {2, 1}, {0, 1}};
    float[][] runtime = {{1, 0}, {0.49999f, 0.5f}, {2, 1}, {0, 1}};
    Agreement agreement = agreement(executor, runtime);
    assertThat(agreement).isEqualTo(new Agreement(4, 1, 2, List.of(1), 1, 1));
    assertThat(agreement.isExact()).isFalse();
    assertThat(agreement.isExplained()).isTrue();
    Finding finding = agreement.finding().orElseThrow();
    assertThat(finding.severity()).isEqualTo(Finding.Severity.ERROR);
    assertThat(finding.message())
        .contains("1 of 4 images")
        .contains("near-ties")
        .contains("1 and 2");
  }

  @Test
  void aRealDifferenceIsNotExplained() {
    float[][] executor = {{1, 0}, {0.7f, 0.5f}, {1, 2}, {0, 1}};
    float[][] runtime = {{1, 0}, {0.4f, 0.5f}, {2, 1}, {0, 1}};
    Agreement agreement = agreement(executor, runtime);
    // As many are right, but not the same ones.
    assertThat(agreement.isExact()).isTrue();
    assertThat(agreement.isExplained()).isFalse();
    assertThat(agreement.finding().orElseThrow().severity()).isEqualTo(Finding.Severity.WARNING);
  }

  /** A float32 of this size has digits of 8e-6, and a network adds up many such errors. */
  @Test
  void logitsAround100AreAllowedTheirRounding() {
    float[][] executor = {{1, 0}, {100, 99.9995f}, {2, 1}, {0, 1}};
    float[][] runtime = {{1, 0}, {99.9995f, 100}, {2, 1}, {0, 1}};
    assertThat(agreement(executor, runtime).isExplained()).isTrue();
    executor[1][0] = 100.5f;
    runtime[1][1] = 100.5f;
    assertThat(agreement(executor, runtime).isExplained()).isFalse();
  }

  /** Of many classes, all probabilities are closer to each other than 1e-4. */
  @Test
  void smallProbabilitiesHideNoError() {
    assertThat(manyClasses(0.02f).isExplained()).isFalse();
    assertThat(manyClasses(2e-4f).isExplained()).isTrue();
  }

  /** The two highest of 1000 logits up to 5, with another order in the other runtime. */
  private static Agreement manyClasses(float difference) {
    float[] logits = new float[1000];
    logits[0] = 0.5f + difference;
    logits[1] = 0.5f;
    logits[2] = -5;
    float[] others = logits.clone();
    others[0] = logits[1];
    others[1] = logits[0];
    float[] probabilities = softmax(logits);
    assertThat(probabilities[0] - probabilities[1]).isBetween(0f, 1e-4f);
    Predictions executor = new Predictions(1);
    executor.add(0, probabilities, logits);
    Predictions runtime = new Predictions(1);
    runtime.addProbabilities(0, softmax(others));
    Scores scores = new Scores(List.of("a", "b"));
    scores.add(probabilities, 0);
    AccuracyResult result = scores.result(1000, 1);
    return Agreement.of(new Evaluation(result, 0, executor), result, runtime);
  }

  private static float[] softmax(float[] logits) {
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit);
    }
    float[] probabilities = new float[logits.length];
    for (int i = 0; i < logits.length; i++) {
      probabilities[i] = (float) (Math.exp(logits[i]) / sum);
    }
    return probabilities;
  }
}
