package org.onnxghn.trainer.eval;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.onnxghn.converter.images.Images;
import org.onnxghn.converter.images.Normalisation;

/**
 * Images as networks take them, in batches that all networks see alike: with batch statistics, the
 * batch decides with whom an image is normalised.
 *
 * @param batches the images, {@code N x channels x height x width}
 * @param labels of each batch
 */
public record EvaluationImages(
    List<float[]> batches, List<long[]> labels, int channels, int height, int width) {
  /**
   * Reads all images, in an order that mixes the classes, and the same for each data set.
   *
   * @param batchSize images of a batch; what is left over at the end is left out
   * @param limit at most so many images
   */
  public static EvaluationImages of(
      Images images, Normalisation normalisation, int batchSize, int limit) {
    float[][] table = normalisation.forChannels(images.channels()).table();
    int plane = images.height() * images.width();
    byte[] bytes = new byte[images.imageBytes()];
    int count = Math.min(limit, images.size());
    int size = Math.min(batchSize, count);
    int stride = stride(images.size());
    List<float[]> batches = new ArrayList<>();
    List<long[]> labels = new ArrayList<>();
    for (int first = 0; first + size <= count; first += size) {
      float[] batch = new float[size * bytes.length];
      long[] classes = new long[size];
      for (int i = 0; i < size; i++) {
        int index = (int) ((long) (first + i) * stride % images.size());
        images.read(index, bytes);
        classes[i] = images.label(index);
        for (int at = 0; at < bytes.length; at++) {
          batch[i * bytes.length + at] = table[at / plane][bytes[at] & 0xff];
        }
      }
      batches.add(batch);
      labels.add(classes);
    }
    return new EvaluationImages(
        batches, labels, images.channels(), images.height(), images.width());
  }

  /** A step through the data set that has no divisor in common with its size. */
  private static int stride(int size) {
    int stride = Math.max(1, (int) (size * 0.618));
    while (gcd(stride, size) != 1) {
      stride++;
    }
    return stride;
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  /** SHA-256 in hexadecimal of pixels and labels. */
  public String sha256() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (int i = 0; i < batches.size(); i++) {
        ByteBuffer pixels = ByteBuffer.allocate(batches.get(i).length * Float.BYTES);
        pixels.asFloatBuffer().put(batches.get(i));
        digest.update(pixels);
        ByteBuffer classes = ByteBuffer.allocate(labels.get(i).length * Long.BYTES);
        classes.asLongBuffer().put(labels.get(i));
        digest.update(classes);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Number of images. */
  public int size() {
    return labels.stream().mapToInt(batch -> batch.length).sum();
  }
}
