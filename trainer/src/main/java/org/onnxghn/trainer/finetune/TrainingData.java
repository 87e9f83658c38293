package org.onnxghn.trainer.finetune;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.onnxghn.converter.images.DataFolder;
import org.onnxghn.converter.images.ImageSpec;
import org.onnxghn.converter.images.Images;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.converter.runtime.DataSummary;
import org.onnxghn.converter.runtime.ImageInput;
import org.onnxghn.converter.runtime.ImageOptions;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.trainer.data.HeldOut;

/**
 * The images of a run.
 *
 * @param spec what the model sees
 * @param training images, not yet cropped where the usual evaluation crops
 * @param validation images as the model sees them
 * @param normalisation of both
 */
record TrainingData(
    ImageInput input,
    ImageSpec spec,
    Images training,
    Images validation,
    Normalisation normalisation,
    DataSummary trainingSummary,
    DataSummary validationSummary) {
  private static final double USUAL_FRACTION = 0.1;
  private static final String VAL = "val";

  /** A data set and one of its splits. */
  private record Split(DataFolder folder, String path, String name) {}

  /**
   * Finds, decodes and resizes the images.
   *
   * @param seed of the choice of validation images
   * @param progress hears how many images are decoded
   * @throws FineTuneException OG-524 when the validation images have other classes, or none are
   *     left on one side
   */
  static TrainingData open(
      OnnxModel model, FineTuneOptions.Data data, long seed, IntConsumer progress) {
    ImageOptions options = data.training();
    ImageInput input = ImageInput.of(model);
    ImageSpec spec = spec(model, data);
    DataFolder folder = DataFolder.of(options.data());
    String name = options.split() == null ? folder.trainingSplit() : options.split();
    Split train = new Split(folder, options.data().toString(), name);
    Split val = validation(train, data);
    Images all = folder.open(name, spec.uncropped(), options.cache(), progress);
    Images training = all;
    Images validation;
    String note = "";
    if (val == null) {
      double fraction = data.fraction() > 0 ? data.fraction() : USUAL_FRACTION;
      HeldOut parts = heldOut(all.size(), fraction, seed);
      training = all.subset(parts.rest());
      Images evaluated =
          spec.equals(spec.uncropped()) ? all : folder.open(name, spec, options.cache(), progress);
      validation = evaluated.subset(parts.heldOut());
      val = train;
      note = ", a part";
    } else {
      requireOther(train, val);
      validation = val.folder().open(val.name(), spec, options.cache(), progress);
      requireSameClasses(training.classNames(), validation.classNames());
    }
    Normalisation normalisation =
        data.computeNormalisation()
            ? Normalisation.computed(training)
            : options.normalisationFor(model, input);
    return new TrainingData(
        input,
        spec,
        training,
        validation,
        normalisation,
        summary(train, note, training, normalisation),
        summary(val, note, validation, normalisation));
  }

  /** What images must be made into for the model. */
  static ImageSpec spec(OnnxModel model, FineTuneOptions.Data data) {
    return ImageInput.of(model).spec(data.training().size(), data.training().resize());
  }

  private static DataSummary summary(
      Split split, String note, Images images, Normalisation normalisation) {
    return DataSummary.of(
        split.path(), split.folder().form(), split.name() + note, images, normalisation);
  }

  /**
   * Null for a part of the training images. The data's own test images are never taken unasked: the
   * best epoch is chosen by these, and would then look better than it is.
   */
  private static Split validation(Split train, FineTuneOptions.Data data) {
    if (data.validation() != null) {
      DataFolder own = DataFolder.of(data.validation());
      String name = own.splits().contains(VAL) ? VAL : own.evaluationSplit();
      return new Split(own, data.validation().toString(), name);
    }
    boolean hasOwn = train.folder().splits().contains(VAL) && !train.name().equals(VAL);
    return data.fraction() == 0 && hasOwn ? new Split(train.folder(), train.path(), VAL) : null;
  }

  private static HeldOut heldOut(int size, double fraction, long seed) {
    int count = (int) Math.max(1, Math.round(size * fraction));
    if (count >= size) {
      throw new FineTuneException(
          FineTuneException.VALIDATION,
          "of %d images, %s for validation leave none to train on".formatted(size, fraction),
          "Give a smaller --val, or more images.");
    }
    return HeldOut.divide(size, count, seed);
  }

  private static void requireOther(Split training, Split validation) {
    if (training.name().equals(validation.name()) && isSame(training.path(), validation.path())) {
      throw new FineTuneException(
          FineTuneException.VALIDATION,
          "--val names the images that are trained on",
          "Give other images, or a fraction such as --val 0.1, which takes some of them away.");
    }
  }

  private static boolean isSame(String first, String second) {
    try {
      return Files.isSameFile(Path.of(first), Path.of(second));
    } catch (IOException e) {
      return false;
    }
  }

  private static void requireSameClasses(List<String> training, List<String> validation) {
    if (training.equals(validation)) {
      return;
    }
    List<String> missing = new ArrayList<>(training);
    missing.removeAll(validation);
    List<String> unknown = new ArrayList<>(validation);
    unknown.removeAll(training);
    throw new FineTuneException(
        FineTuneException.VALIDATION,
        "training has %d classes, validation %d; only in training: %s; only in validation: %s"
            .formatted(training.size(), validation.size(), some(missing), some(unknown)),
        "Give validation images of the same classes, in folders of the same names.");
  }

  private static String some(List<String> names) {
    return names.isEmpty()
        ? "none"
        : String.join(", ", names.subList(0, Math.min(5, names.size())))
            + (names.size() > 5 ? " …" : "");
  }
}
