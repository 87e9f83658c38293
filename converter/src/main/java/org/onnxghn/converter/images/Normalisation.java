package org.onnxghn.converter.images;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Pixels to a network's input: {@code (pixel / 255 - mean) / std}, a mean and a standard deviation
 * for each channel. Immutable.
 */
public final class Normalisation {
  private static final String MEAN_KEY = "onnx-ghn.image.mean";
  private static final String STD_KEY = "onnx-ghn.image.std";

  private final double[] mean;
  private final double[] std;

  private Normalisation(double[] mean, double[] std) {
    this.mean = mean.clone();
    this.std = std.clone();
  }

  /**
   * Stated values, of pixels from 0 to 1.
   *
   * @throws ImageException OG-425 unless there are as many of both, finite, and std above 0
   */
  public static Normalisation of(double[] mean, double[] std) {
    boolean valid = mean.length == std.length && (mean.length == 1 || mean.length == 3);
    for (int i = 0; valid && i < mean.length; i++) {
      valid = Double.isFinite(mean[i]) && std[i] > 0 && std[i] < Double.POSITIVE_INFINITY;
    }
    if (!valid) {
      throw new ImageException(
          ImageException.NORMALISATION,
          "mean %s and std %s do not make a normalisation"
              .formatted(Arrays.toString(mean), Arrays.toString(std)),
          "Give one or three finite numbers for each, std above 0, for pixels from 0 to 1.");
    }
    return new Normalisation(mean, std);
  }

  /**
   * What most published classifiers expect: ImageNet's mean (0.485, 0.456, 0.406) and std (0.229,
   * 0.224, 0.225) for colour images, 0.5 and 0.5 for grey ones.
   */
  public static Normalisation standard(int channels) {
    return channels == 1
        ? new Normalisation(new double[] {0.5}, new double[] {0.5})
        : new Normalisation(new double[] {0.485, 0.456, 0.406}, new double[] {0.229, 0.224, 0.225});
  }

  /**
   * Mean and standard deviation of all pixels of all these images, exact sums. A channel that never
   * changes gets std 1/255.
   */
  public static Normalisation computed(Images images) {
    int plane = images.height() * images.width();
    long[] sum = new long[images.channels()];
    long[] squares = new long[images.channels()];
    byte[] planes = new byte[images.imageBytes()];
    for (int i = 0; i < images.size(); i++) {
      images.read(i, planes);
      for (int at = 0; at < planes.length; at++) {
        int value = planes[at] & 0xff;
        sum[at / plane] += value;
        squares[at / plane] += value * value;
      }
    }
    double count = (double) images.size() * plane;
    double[] mean = new double[sum.length];
    double[] std = new double[sum.length];
    for (int channel = 0; channel < sum.length; channel++) {
      double average = sum[channel] / count;
      double variance = Math.max(0, squares[channel] / count - average * average);
      mean[channel] = average / 255;
      std[channel] = Math.max(Math.sqrt(variance), 1) / 255;
    }
    return new Normalisation(mean, std);
  }

  /**
   * For images of this many channels: one value serves three channels.
   *
   * @throws ImageException OG-425 when three values are given for grey images
   */
  public Normalisation forChannels(int channels) {
    if (channels == mean.length) {
      return this;
    }
    if (mean.length != 1) {
      throw new ImageException(
          ImageException.NORMALISATION,
          this + " is for colour, but the images are grey",
          "Give one number for mean and one for std.");
    }
    double[] means = IntStream.range(0, channels).mapToDouble(i -> mean[0]).toArray();
    double[] stds = IntStream.range(0, channels).mapToDouble(i -> std[0]).toArray();
    return new Normalisation(means, stds);
  }

  /**
   * The normalisation that a model was trained or calibrated with, as {@link #entries} stored it.
   *
   * @param metadata the model's {@code metadata_props}
   * @throws ImageException OG-425 when there are entries that make none
   */
  public static Optional<Normalisation> stored(Map<String, String> metadata) {
    String mean = metadata.get(MEAN_KEY);
    String std = metadata.get(STD_KEY);
    if (mean == null || std == null) {
      return Optional.empty();
    }
    return Optional.of(of(parse(mean), parse(std)));
  }

  /**
   * Numbers with commas between them.
   *
   * @throws ImageException OG-425 for anything else
   */
  public static double[] parse(String numbers) {
    try {
      return Arrays.stream(numbers.split(",")).mapToDouble(Double::parseDouble).toArray();
    } catch (NumberFormatException e) {
      throw new ImageException(
          ImageException.NORMALISATION,
          "\"" + numbers + "\" is no list of numbers",
          "Give one or three numbers with commas between them to --mean and --std.",
          e);
    }
  }

  /** For a model's {@code metadata_props}; always in the same order, unlike {@code Map.of}. */
  public Map<String, String> entries() {
    Map<String, String> entries = new LinkedHashMap<>();
    entries.put(MEAN_KEY, exact(mean));
    entries.put(STD_KEY, exact(std));
    return entries;
  }

  private static String exact(double[] values) {
    return Arrays.stream(values).mapToObj(Double::toString).collect(Collectors.joining(","));
  }

  /** A copy of the means, by channel. */
  public double[] mean() {
    return mean.clone();
  }

  /** A copy of the standard deviations, by channel. */
  public double[] std() {
    return std.clone();
  }

  /** The input for each byte: {@code [channel][unsigned byte]}. */
  public float[][] table() {
    float[][] table = new float[mean.length][256];
    for (int channel = 0; channel < mean.length; channel++) {
      for (int value = 0; value < 256; value++) {
        table[channel][value] = (float) ((value / 255.0 - mean[channel]) / std[channel]);
      }
    }
    return table;
  }

  /** As in {@code mean 0.485,0.456,0.406 std 0.229,0.224,0.225}. */
  @Override
  public String toString() {
    return "mean " + list(mean) + " std " + list(std);
  }

  private static String list(double[] values) {
    return Arrays.stream(values)
        .mapToObj(value -> String.format(Locale.ROOT, "%.6g", value))
        .collect(Collectors.joining(","));
  }
}
