package org.onnxghn.converter;

import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.onnxghn.converter.report.ConversionReport;
import org.onnxghn.converter.runtime.BatchNormRecalibration;
import org.onnxghn.converter.runtime.DataSummary;
import org.onnxghn.converter.runtime.ImageOptions;
import org.onnxghn.graph.Finding;
import org.onnxghn.onnx.OnnxModel;

/**
 * BatchNorm's running statistics from images.
 *
 * @param images which, and how the model sees them
 * @param count how many of them, chosen at random
 */
public record Calibration(ImageOptions images, int count) {
  /** How many images are used unless told. */
  public static final int IMAGES = 256;

  /** Checks the count. */
  public Calibration {
    if (count < 1) {
      throw new ConversionException(
          Codes.OPTION, "calibration with " + count + " images", "Give a number of 1 or more.");
    }
  }

  /**
   * What became of a model.
   *
   * @param data null when the model has nothing to recalibrate
   * @param statistics names of the tensors that were estimated
   */
  public record Outcome(
      OnnxModel model,
      DataSummary data,
      ConversionReport.Recalibration report,
      Set<String> statistics,
      List<Finding> findings) {}

  /**
   * Estimates all running statistics anew, and notes the normalisation in the model's metadata. A
   * model without BatchNorm stays as it is; then the images are not looked at.
   *
   * @param options for the seed of the choice of images, and for {@code --keep} and {@code --only},
   *     which hold for statistics, too
   * @throws org.onnxghn.converter.runtime.InferenceException when the model does not run on images
   * @throws org.onnxghn.converter.images.ImageException when the images cannot be used
   */
  Outcome apply(OnnxModel model, ConversionOptions options, Consumer<String> progress) {
    Selection selection = new Selection(options.keep(), options.only());
    Predicate<String> kept = name -> selection.reasonToKeep(name) != null;
    if (!BatchNormRecalibration.applies(model, kept)) {
      return new Outcome(
          model,
          null,
          new ConversionReport.Recalibration(false, 0, 0),
          Set.of(),
          BatchNormRecalibration.reasonsNotToApply(model, kept));
    }
    progress.accept("reading images of " + images.data());
    ImageOptions.Prepared data = images.sample(model, count, options.seed());
    progress.accept("recalibrating BatchNorm");
    BatchNormRecalibration.Result result =
        BatchNormRecalibration.apply(model, data.images(), data.normalisation(), kept, done -> {});
    return new Outcome(
        result.model().withMetadata(data.normalisation().entries()),
        data.summary(),
        new ConversionReport.Recalibration(true, result.layers(), result.images()),
        result.statistics(),
        result.findings());
  }
}
