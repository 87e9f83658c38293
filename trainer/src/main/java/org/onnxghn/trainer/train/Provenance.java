package org.onnxghn.trainer.train;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.onnxghn.trainer.run.TrainingState;

/**
 * What a checkpoint says of its training. A run that starts from another's checkpoint adds to what
 * that one says: networks that it was trained with stay known.
 */
final class Provenance {
  private static final String ARCHITECTURES = "training.architectures";
  private static final String STEPS = "training.steps";
  private static final String SECONDS = "training.seconds";

  private final TrainingConfig config;
  private final Set<String> architectures = new TreeSet<>();
  private long stepsBefore;
  private double secondsBefore;

  /**
   * @param start what the checkpoint that the run starts from says; empty without one
   */
  Provenance(TrainingConfig config, TrainingJob job, Map<String, String> start) {
    this.config = config;
    addBefore(start);
    if (job.files() != null) {
      architectures.addAll(job.files().hashes());
    }
    if (job.files() == null || job.share() < 1) {
      architectures.add(config.trainingDeepNets().identity());
    }
  }

  private void addBefore(Map<String, String> start) {
    for (String network : start.getOrDefault(ARCHITECTURES, "").split(",")) {
      if (!network.isEmpty()) {
        architectures.add(network);
      }
    }
    try {
      stepsBefore = Long.parseLong(start.getOrDefault(STEPS, "0"));
      secondsBefore = Double.parseDouble(start.getOrDefault(SECONDS, "0"));
    } catch (NumberFormatException e) {
      throw new TrainingException(
          TrainingException.CONFIG,
          "the checkpoint's metadata has no numbers: %s '%s', %s '%s'"
              .formatted(
                  STEPS, start.getOrDefault(STEPS, ""), SECONDS, start.getOrDefault(SECONDS, "")),
          "Correct its metadata: 'onnx-ghn checkpoint import --metadata %s=0 --metadata %s=0'."
              .formatted(STEPS, SECONDS),
          e);
    }
  }

  /** For a checkpoint. */
  Map<String, String> of(TrainingProgress progress) {
    Map<String, String> provenance = new LinkedHashMap<>();
    provenance.put("training.config", ConfigFile.write(config));
    provenance.put(ARCHITECTURES, String.join(",", architectures));
    provenance.put(STEPS, Long.toString(stepsBefore + progress.step));
    provenance.put(SECONDS, Long.toString(Math.round(secondsBefore + progress.seconds)));
    return provenance;
  }

  /** What a resumed run must know of the checkpoint that it started from. */
  Map<String, String> values() {
    return Map.of(
        ARCHITECTURES,
        String.join(",", architectures),
        STEPS,
        Long.toString(stepsBefore),
        SECONDS,
        Double.toString(secondsBefore));
  }

  void restore(TrainingState state) {
    addBefore(
        Map.of(
            ARCHITECTURES,
            state.value(ARCHITECTURES),
            STEPS,
            state.value(STEPS),
            SECONDS,
            state.value(SECONDS)));
  }
}
