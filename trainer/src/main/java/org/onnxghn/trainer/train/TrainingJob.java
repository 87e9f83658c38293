package org.onnxghn.trainer.train;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.onnxghn.converter.images.ImageCache;
import org.onnxghn.trainer.deepnets.Architectures;
import org.onnxghn.trainer.deepnets.MixedArchitectures;
import org.onnxghn.trainer.deepnets.ModelFiles;
import org.onnxghn.trainer.deepnets.ReshuffledArchitectures;

/**
 * What a training run works on, and with.
 *
 * @param data a folder with images
 * @param run the run folder
 * @param resume whether the run in it goes on
 * @param start a checkpoint to start from, or null for random weights
 * @param files architectures to train with beside DeepNets or instead of them, or null
 * @param share of the files in the architectures of a step, more than 0 and at most 1
 * @param devices that share the architectures of a step
 * @param limit of time, or null
 * @param cache of decoded images
 */
public record TrainingJob(
    Path data,
    Path run,
    boolean resume,
    Path start,
    ModelFiles files,
    double share,
    TrainingDevices devices,
    Duration limit,
    ImageCache cache) {
  /** All that is trained with, in its order. */
  Architectures architectures(TrainingConfig config) {
    Architectures deepNets = config.trainingNetworks(files == null ? 1 : 1 - share);
    return files == null
        ? deepNets
        : MixedArchitectures.of(
            new ReshuffledArchitectures(files, config.architectures().seed()), deepNets, share);
  }

  /** What of it a resumed run must have, too. */
  String architecturesLabel() {
    return files == null
        ? "DeepNets"
        : String.format(
            Locale.ROOT,
            "%d files of SHA-256 %s, share %s",
            files.size(),
            files.sha256().substring(0, 16),
            share);
  }
}
