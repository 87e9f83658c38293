package org.onnxghn.trainer.train;

import java.util.List;
import org.onnxghn.converter.images.DataFolder;
import org.onnxghn.converter.images.ImageCache;
import org.onnxghn.converter.images.ImageSpec;
import org.onnxghn.converter.images.Images;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.trainer.data.Augmentation;
import org.onnxghn.trainer.data.ColourJitter;
import org.onnxghn.trainer.data.Crop;
import org.onnxghn.trainer.data.HeldOut;

/**
 * The images of a run: those of the training split, a part of them held out.
 *
 * @param validation to choose by; the test split is never looked at
 */
record TrainingImages(Images training, Images validation, Normalisation normalisation, int size) {
  static TrainingImages open(TrainingConfig config, TrainingJob job) {
    DataFolder folder = DataFolder.of(job.data());
    int size = config.architectures().variant().imageSize();
    Images all = open(folder, size, job.cache());
    int classes = config.hypernetwork().numClasses();
    if (all.classNames().size() != classes) {
      throw new TrainingException(
          TrainingException.DATA,
          "%s has %d classes, the configuration %d"
              .formatted(job.data(), all.classNames().size(), classes),
          "Use --set hypernetwork.numClasses=" + all.classNames().size() + ".");
    }
    if (all.size() <= config.images().validation() + config.images().batch()) {
      throw new TrainingException(
          TrainingException.DATA,
          "%d images are too few for %d held out and batches of %d"
              .formatted(all.size(), config.images().validation(), config.images().batch()),
          "Use --set images.validation=N.");
    }
    HeldOut parts = HeldOut.divide(all.size(), config.images().validation(), config.run().seed());
    return new TrainingImages(
        all.subset(parts.rest()),
        all.subset(parts.heldOut()),
        Normalisation.standard(all.channels()),
        size);
  }

  private static Images open(DataFolder folder, int size, ImageCache cache) {
    return folder.open(folder.trainingSplit(), ImageSpec.square(3, size), cache, done -> {});
  }

  Augmentation augmentation(TrainingConfig.ImageOptions options) {
    Crop crop = Crop.centre();
    if (options.crop()) {
      crop = size <= 64 ? Crop.padded(size / 8) : Crop.resized(0.08);
    }
    List<Double> x = options.colourJitter();
    ColourJitter jitter =
        x.isEmpty() ? null : new ColourJitter(x.get(0), x.get(1), x.get(2), x.get(3));
    return new Augmentation(size, size, crop, options.flip(), jitter, normalisation);
  }
}
