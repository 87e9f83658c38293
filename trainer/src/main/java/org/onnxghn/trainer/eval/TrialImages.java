package org.onnxghn.trainer.eval;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.stream.IntStream;
import org.onnxghn.converter.images.Images;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.onnx.Sha256;
import org.onnxghn.trainer.data.HeldOut;
import org.onnxghn.trainer.train.TrainingException;

/**
 * The images of a comparison by training.
 *
 * @param training images
 * @param validation held out of the training images, to choose learning rates by
 * @param test to report on, looked at once for each result
 * @param normalisation of all
 */
public record TrialImages(
    Images training, Images validation, Images test, Normalisation normalisation) {
  /**
   * Divides.
   *
   * @param all that may be trained on
   * @param validation how many of them are held out; at most half
   * @param training at most so many of the others, as many of each class
   * @param evaluated what results are reported on
   * @param test at most so many of those, as many of each class
   * @param seed of all choices
   * @throws TrainingException OG-543 for fewer than two images to train on
   */
  public static TrialImages of(
      Images all, int validation, int training, Images evaluated, int test, long seed) {
    if (all.size() < 2) {
      throw new TrainingException(
          TrainingException.DATA,
          "%d images to train on leave none to choose by".formatted(all.size()),
          "Give two or more in the training part of the data set.");
    }
    int held = Math.min(validation, all.size() / 2);
    HeldOut parts = HeldOut.divide(all.size(), held, seed);
    Images rest = all.subset(parts.rest());
    return new TrialImages(
        rest.subset(balanced(rest, training, seed + 1)),
        all.subset(parts.heldOut()),
        evaluated.subset(balanced(evaluated, test, seed + 2)),
        Normalisation.standard(all.channels()).forChannels(all.channels()));
  }

  /** SHA-256 in hexadecimal of some images' pixels, as they are stored, and labels. */
  public static String sha256(Images images) {
    MessageDigest digest = Sha256.digest();
    byte[] planes = new byte[images.imageBytes()];
    for (int i = 0; i < images.size(); i++) {
      images.read(i, planes);
      digest.update(planes);
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(images.label(i)).flip());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Rising indices of random images, of each class as many as of the others where there are. */
  static int[] balanced(Images images, int count, long seed) {
    if (count >= images.size()) {
      return IntStream.range(0, images.size()).toArray();
    }
    int[] order = HeldOut.shuffled(images.size(), seed);
    int classes = images.classNames().size();
    int[] left = new int[classes];
    for (int label = 0; label < classes; label++) {
      left[label] = count / classes + (label < count % classes ? 1 : 0);
    }
    return IntStream.of(order).filter(i -> left[images.label(i)]-- > 0).sorted().toArray();
  }
}
