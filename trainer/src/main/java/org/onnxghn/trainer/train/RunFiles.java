package org.onnxghn.trainer.train;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.onnxghn.trainer.run.RunException;
import org.onnxghn.trainer.run.RunFolder;
import org.onnxghn.trainer.run.TrainingState;

/** What a run leaves in its folder: the state that it goes on from, and checkpoints. */
final class RunFiles {
  /** The newest weights. */
  static final String LAST = "last";

  private static final String LIMIT = "limitSeconds";

  private final RunFolder folder;
  private final TrainingJob job;
  private final Map<String, String> identity;
  private final Weights weights;
  private final Provenance provenance;
  private final TrainingProgress progress;
  private final LossScale scale;
  private Duration limit;

  RunFiles(
      RunFolder folder,
      TrainingConfig config,
      TrainingJob job,
      TrainingImages images,
      Weights weights,
      TrainingProgress progress,
      LossScale scale) {
    this.folder = folder;
    this.job = job;
    this.identity =
        Map.of(
            "images",
            "%d of %d classes, held out of SHA-256 %s"
                .formatted(
                    images.training().size(),
                    images.training().classNames().size(),
                    images.heldOutSha256()),
            "architectures",
            job.architecturesLabel());
    this.weights = weights;
    this.provenance = new Provenance(config, job, weights.startProvenance());
    this.progress = progress;
    this.scale = scale;
    this.limit = job.limit();
  }

  /**
   * Goes back to the stored state.
   *
   * @throws RunException OG-513 when the run was with other images or networks, or has trained for
   *     longer than it may now
   */
  void restore() {
    TrainingState state = TrainingState.read(folder.file(RunFolder.STATE));
    identity.forEach(
        (name, own) -> {
          if (!state.value(name).equals(own)) {
            throw new RunException(
                RunException.STATE_MISFIT,
                "the run was with %s %s, not %s".formatted(name, state.value(name), own),
                "Resume with the --data, --architectures and --share that it began with.");
          }
        });
    weights.restore(state);
    progress.restore(state);
    scale.restore(state);
    provenance.restore(state);
    if (limit != null && limit.toNanos() <= progress.seconds * 1e9) {
      throw new RunException(
          RunException.STATE_MISFIT,
          "the run has trained for %.1f minutes already, with all of its parts"
              .formatted(progress.seconds / 60),
          "Resume with a longer --max-minutes, which is of the whole run, or without.");
    }
    double seconds = state.decimal(LIMIT);
    if (limit == null && seconds > 0) {
      limit = Duration.ofNanos((long) (seconds * 1e9));
    }
  }

  /** The time that the run has, or had when it began; null when steps decide. */
  Duration limit() {
    return limit;
  }

  /** Stores the state, and the newest weights; the stored ones stay where these are no numbers. */
  void store() {
    if (!weights.areFinite()) {
      return;
    }
    Map<String, String> values = new LinkedHashMap<>(identity);
    values.putAll(progress.values());
    values.putAll(scale.values());
    values.putAll(provenance.values());
    values.put(LIMIT, limit == null ? "0" : Double.toString(limit.toNanos() / 1e9));
    weights.store(folder, values);
    writeCheckpoint(LAST);
  }

  /** Writes the evaluated weights. */
  void writeCheckpoint(String name) {
    String run = String.valueOf(folder.path().toAbsolutePath().normalize().getFileName());
    weights.writeCheckpoint(path(name), run, provenance.of(progress));
  }

  /** A checkpoint's file. */
  Path path(String name) {
    return folder.file(name + ".safetensors");
  }
}
