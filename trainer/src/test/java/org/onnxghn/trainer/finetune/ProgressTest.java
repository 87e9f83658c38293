package org.onnxghn.trainer.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.onnxghn.trainer.run.RunException;
import org.onnxghn.trainer.run.TrainingState;

/** A state that somebody has changed, or another program has written. */
class ProgressTest {
  @TempDir private Path folder;

  private Progress restored(Map<String, String> changes) {
    Map<String, String> values = new Progress().store(new HashMap<>());
    values.putAll(changes);
    Path file = folder.resolve("state.safetensors");
    TrainingState.write(file, Map.of(), values);
    Progress progress = new Progress();
    progress.restore(TrainingState.read(file));
    return progress;
  }

  @Test
  void whatWasStoredIsRestored() {
    assertThat(restored(Map.of("step", "7", "seconds", "12.5")).store(new HashMap<>()))
        .containsEntry("step", "7")
        .containsEntry("seconds", "12.5");
  }

  @ParameterizedTest
  @CsvSource({
    "step, -5",
    "step, 9223372036854775807",
    "position.epoch, -1",
    "position.batch, 4294967296",
    "seconds, 1e300",
    "seconds, -1",
    "seconds, NaN"
  })
  void numbersThatCannotBeAreRefused(String name, String value) {
    assertThatThrownBy(() -> restored(Map.of(name, value)))
        .isInstanceOfSatisfying(
            RunException.class, e -> assertThat(e.code()).isEqualTo(RunException.STATE_MISFIT))
        .hasMessageContaining(name);
  }
}
