package org.onnxghn.trainer.eval;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.onnxghn.converter.images.Images;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.onnx.Sha256;

/**
 * Images as networks take them, in batches that all networks see alike: with batch statistics, the
 * batch decides with whom an image is normalised. Batches are made when they are asked for, since
 * all of ImageNet's as numbers exceed most memories. Thread-safe.
 */
public final class EvaluationImages {
  private final Images images;
  private final float[][] table;
  private final int batchSize;
  private final int batches;
  private final int stride;

  private EvaluationImages(Images images, float[][] table, int batchSize, int batches) {
    this.images = images;
    this.table = table;
    this.batchSize = batchSize;
    this.batches = batches;
    this.stride = stride(images.size());
  }

  /**
   * Takes images in an order that mixes the classes, and the same for each data set.
   *
   * @param batchSize images of a batch; what is left over at the end is left out
   * @param limit at most so many images
   */
  public static EvaluationImages of(
      Images images, Normalisation normalisation, int batchSize, int limit) {
    int count = Math.min(limit, images.size());
    int size = Math.max(1, Math.min(batchSize, count));
    float[][] table = normalisation.forChannels(images.channels()).table();
    return new EvaluationImages(images, table, size, count / size);
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

  /** Where the data set has an image of a batch. */
  private int index(int batch, int image) {
    return (int) (((long) batch * batchSize + image) * stride % images.size());
  }

  /** Number of batches. */
  public int batches() {
    return batches;
  }

  /** Images of each batch. */
  public int batchSize() {
    return batchSize;
  }

  /** Reads a batch, {@code N x channels x height x width}. */
  public float[] batch(int number) {
    byte[] bytes = new byte[images.imageBytes()];
    int plane = images.height() * images.width();
    float[] batch = new float[batchSize * bytes.length];
    for (int i = 0; i < batchSize; i++) {
      images.read(index(number, i), bytes);
      for (int at = 0; at < bytes.length; at++) {
        batch[i * bytes.length + at] = table[at / plane][bytes[at] & 0xff];
      }
    }
    return batch;
  }

  /** The classes of a batch. */
  public long[] labels(int batch) {
    long[] labels = new long[batchSize];
    for (int i = 0; i < batchSize; i++) {
      labels[i] = images.label(index(batch, i));
    }
    return labels;
  }

  /** Planes of an image. */
  public int channels() {
    return images.channels();
  }

  /** Rows. */
  public int height() {
    return images.height();
  }

  /** Columns. */
  public int width() {
    return images.width();
  }

  /** SHA-256 in hexadecimal of pixels and labels. */
  public String sha256() {
    MessageDigest digest = Sha256.digest();
    for (int i = 0; i < batches; i++) {
      float[] batch = batch(i);
      ByteBuffer pixels = ByteBuffer.allocate(batch.length * Float.BYTES);
      pixels.asFloatBuffer().put(batch);
      digest.update(pixels);
      ByteBuffer classes = ByteBuffer.allocate(batchSize * Long.BYTES);
      classes.asLongBuffer().put(labels(i));
      digest.update(classes);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Number of images. */
  public int size() {
    return batches * batchSize;
  }
}
