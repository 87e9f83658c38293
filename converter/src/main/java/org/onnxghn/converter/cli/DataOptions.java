package org.onnxghn.converter.cli;

import java.nio.file.Path;
import org.onnxghn.converter.images.ImageCache;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.converter.runtime.ImageOptions;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The mixin for how images are read. */
public final class DataOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--split",
      paramLabel = "NAME",
      description = {
        "Which split: train, val, test, or all where there is only one",
        "(default: train to learn from, test or else val to evaluate)."
      })
  private String split;

  @Option(
      names = "--image-size",
      paramLabel = "N",
      description = "Rows and columns that the model sees (default: as it declares).")
  private int imageSize;

  @Option(
      names = "--resize",
      paramLabel = "N",
      description = {
        "Shorter side before the middle is cropped (default: 8/7 of the image",
        "size from 128 pixels on, else the image size)."
      })
  private int resize;

  @Option(
      names = "--mean",
      paramLabel = "M[,M,M]",
      description = {
        "Mean of pixels from 0 to 1, by channel (default: as the model's",
        "metadata say, else ImageNet's 0.485,0.456,0.406; grey: 0.5)."
      })
  private String mean;

  @Option(
      names = "--std",
      paramLabel = "S[,S,S]",
      description = {
        "Standard deviation, likewise (default: as the model's metadata say,",
        "else ImageNet's 0.229,0.224,0.225; grey: 0.5)."
      })
  private String std;

  @Option(
      names = "--cache",
      paramLabel = "DIR",
      description = {
        "Where decoded images of large data sets are kept, up to 20 GB",
        "(default: ~/.cache/onnx-ghn)."
      })
  private Path cache;

  /** For a data set. */
  public ImageOptions of(Path data) {
    if ((mean == null) != (std == null)) {
      throw new ParameterException(spec.commandLine(), "--mean and --std go together");
    }
    if (imageSize < 0 || resize < 0) {
      throw new ParameterException(
          spec.commandLine(), "--image-size and --resize are positive numbers");
    }
    Normalisation normalisation =
        mean == null ? null : Normalisation.of(Normalisation.parse(mean), Normalisation.parse(std));
    ImageCache images = cache == null ? ImageCache.standard() : ImageCache.in(cache);
    return new ImageOptions(data, split, imageSize, resize, normalisation, images);
  }
}
