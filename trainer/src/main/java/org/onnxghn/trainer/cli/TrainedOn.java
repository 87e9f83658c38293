package org.onnxghn.trainer.cli;

import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.ghn.checkpoint.CheckpointSource;
import org.onnxghn.trainer.deepnets.Space;
import org.onnxghn.trainer.deepnets.Variant;
import org.onnxghn.trainer.train.ConfigFile;
import org.onnxghn.trainer.train.TrainingConfig;
import org.onnxghn.trainer.train.TrainingException;

/** Which networks a checkpoint was trained for, by its provenance. */
record TrainedOn(Space space, Variant variant) {
  /** Where the provenance does not say: what a CPU evaluates soon. */
  private static final TrainedOn UNKNOWN = new TrainedOn(Space.SMALL, Variant.CIFAR);

  static TrainedOn of(CheckpointSource source) {
    try (Checkpoint checkpoint = source.open()) {
      String yaml = checkpoint.provenance().get("training.config");
      if (yaml == null) {
        return UNKNOWN;
      }
      TrainingConfig config = ConfigFile.parse("training.config of " + source, yaml);
      return new TrainedOn(config.architectures().space(), config.architectures().variant());
    } catch (TrainingException e) {
      throw new TrainingException(
          e.code(), e.getMessage(), "Say --space and --image-size: they have no default here.");
    }
  }
}
