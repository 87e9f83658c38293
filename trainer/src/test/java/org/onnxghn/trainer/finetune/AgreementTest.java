package org.onnxghn.trainer.finetune;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
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
}
