package org.onnxghn.trainer.train;

import java.util.List;
import org.onnxghn.converter.images.BadImage;
import org.onnxghn.converter.images.DataFolder;
import org.onnxghn.converter.images.ImageSpec;
import org.onnxghn.converter.images.Images;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.trainer.data.Augmentation;
import org.onnxghn.trainer.data.ColourJitter;
import org.onnxghn.trainer.data.Crop;
import org.onnxghn.trainer.data.HeldOut;
import org.onnxghn.trainer.eval.EvaluationImages;

/**
 * The images of a run: those of the training split, a part of them held out.
 *
 * @param training not yet cropped where the usual evaluation crops
 * @param validation to choose by, as networks see them; the test split is never looked at
 */
record TrainingImages(Images training, Images validation, Normalisation normalisation, int size) {
  /** Opens them; the observer hears what takes long, and what is left out. */
  static TrainingImages open(TrainingConfig config, TrainingJob job, TrainingObserver observer) {
    DataFolder folder = DataFolder.of(job.data());
    int size = config.architectures().variant().imageSize();
    ImageSpec seen = ImageSpec.evaluation(3, size, size);
    Images all = open(folder, seen.uncropped(), job, observer);
    BadImage.note(all.bad()).ifPresent(observer::note);
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
          "Set a smaller images.validation or images.batch.");
    }
    HeldOut parts =
        HeldOut.divide(all.size(), config.images().validation(), TrainingConfig.VALIDATION_SEED);
    Images cropped = seen.equals(seen.uncropped()) ? all : open(folder, seen, job, observer);
    return new TrainingImages(
        all.subset(parts.rest()),
        cropped.subset(parts.heldOut()),
        Normalisation.standard(all.channels()),
        size);
  }

  /** The beginning of a hash that other data sets do not have. */
  String heldOutSha256() {
    return EvaluationImages.of(validation, normalisation, 1, validation.size())
        .sha256()
        .substring(0, 16);
  }

  private static Images open(
      DataFolder folder, ImageSpec spec, TrainingJob job, TrainingObserver observer) {
    return folder.open(
        folder.trainingSplit(),
        spec,
        job.cache(),
        done -> observer.preparing("decoding images", done, -1));
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
