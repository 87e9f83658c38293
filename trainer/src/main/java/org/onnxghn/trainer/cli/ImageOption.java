package org.onnxghn.trainer.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import org.onnxghn.converter.images.BadImage;
import org.onnxghn.converter.images.DataFolder;
import org.onnxghn.converter.images.ImageCache;
import org.onnxghn.converter.images.ImageSpec;
import org.onnxghn.converter.images.Images;
import org.onnxghn.trainer.run.ProgressLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The mixin for the images that networks are evaluated on. */
final class ImageOption {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(names = "--data", required = true, paramLabel = "DIR", description = "The images.")
  private Path data;

  @Option(
      names = "--image-split",
      paramLabel = "NAME",
      description = "Which images (default: test, else val, else what there is).")
  private String imageSplit;

  @Option(
      names = "--images",
      paramLabel = "N",
      description = "At most so many of them (default: all).")
  private int images = Integer.MAX_VALUE;

  @Option(
      names = "--cache",
      paramLabel = "DIR",
      description = "Where decoded images are kept (default: ~/.cache/onnx-ghn).")
  private Path cache;

  DataFolder folder() {
    return DataFolder.of(data);
  }

  /** The split that results are of. */
  String split() {
    return imageSplit == null ? folder().evaluationSplit() : imageSplit;
  }

  /** A split's images, squares of this size, resized and cropped as is usual. */
  Images open(String split, int size) {
    PrintWriter err = spec.commandLine().getErr();
    Images opened;
    try (ProgressLine line =
        new ProgressLine(err, System.console() != null, "decoding images", -1)) {
      opened =
          folder()
              .open(
                  split,
                  ImageSpec.evaluation(3, size, size),
                  cache == null ? ImageCache.standard() : ImageCache.in(cache),
                  done -> line.show(done, ""));
    }
    BadImage.note(opened.bad()).ifPresent(err::println);
    return opened;
  }

  Path data() {
    return data;
  }

  /** At most so many are evaluated on. */
  int images() {
    if (images < 1) {
      throw new ParameterException(spec.commandLine(), "--images is a positive number");
    }
    return images;
  }
}
