package org.onnxghn.trainer.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ScheduleTest {
  @Test
  void cosineRisesThenFalls() {
    Schedule schedule = Schedule.cosine(0.2);
    assertThat(schedule.at(0)).isZero();
    assertThat(schedule.at(0.1)).isEqualTo(0.5);
    assertThat(schedule.at(0.2)).isEqualTo(1);
    assertThat(schedule.at(0.6)).isCloseTo(0.5, within(1e-12));
    assertThat(schedule.at(1)).isCloseTo(0, within(1e-12));
  }

  @Test
  void stepsFallAtMilestones() {
    Schedule schedule = Schedule.steps(0, 0.1, 0.5, 0.75);
    assertThat(schedule.at(0.49)).isEqualTo(1);
    assertThat(schedule.at(0.5)).isEqualTo(0.1);
    assertThat(schedule.at(0.9)).isCloseTo(0.01, within(1e-12));
    assertThat(Schedule.constant(0).at(0.7)).isEqualTo(1);
  }

  /** GHN3.md 10, with 75 epochs and learning rate 4e-4. */
  @Test
  void referenceIsConstantWithinAnEpoch() {
    Schedule schedule = Schedule.reference(75, 4e-4);
    double[] expected = {0.025, 0.26875, 0.5125, 0.75625};
    for (int epoch = 0; epoch < 4; epoch++) {
      assertThat(schedule.at(epoch / 75.0)).isCloseTo(expected[epoch], within(1e-9));
      assertThat(schedule.at((epoch + 0.9) / 75)).isCloseTo(expected[epoch], within(1e-9));
    }
    assertThat(schedule.at(5 / 75.0)).isCloseTo(1, within(1e-9));
    assertThat(schedule.at(40 / 75.0)).isCloseTo(0.5, within(1e-9));
    assertThat(schedule.at(1)).isCloseTo(0.5 * (1 + Math.cos(Math.PI * 69 / 70)), within(1e-9));
  }

  @Test
  void refusesWarmUpWithoutEnd() {
    assertThatThrownBy(() -> Schedule.cosine(1)).isInstanceOf(IllegalArgumentException.class);
  }
}
