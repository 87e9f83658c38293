package org.onnxghn.converter.runtime;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntConsumer;
import org.onnxghn.converter.images.DataFolder;
import org.onnxghn.converter.images.ImageCache;
import org.onnxghn.converter.images.ImageSpec;
import org.onnxghn.converter.images.Images;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.onnx.OnnxModel;

/**
 * Which images a model is to see, and how.
 *
 * @param data a folder that {@link DataFolder} knows
 * @param split one of its splits, or null for the usual one
 * @param size rows and columns, 0 for what the model declares
 * @param resize shorter side before the crop, 0 for {@link ImageSpec#evaluation}'s
 * @param normalisation null for what the model's metadata say, else {@link Normalisation#standard}
 * @param cache of decoded images
 */
public record ImageOptions(
    Path data, String split, int size, int resize, Normalisation normalisation, ImageCache cache) {

  /** All defaults. */
  public static ImageOptions of(Path data) {
    return new ImageOptions(data, null, 0, 0, null, ImageCache.standard());
  }

  /**
   * Images as a model takes them.
   *
   * @param normalisation for as many channels as they have
   */
  public record Prepared(
      ImageInput input, Images images, Normalisation normalisation, DataSummary summary) {}

  /**
   * Finds, decodes and resizes the images of a split: {@code test} unless told, else {@code val},
   * else what there is.
   *
   * @param progress hears how many images are decoded
   * @throws InferenceException OG-430 when the model takes no images
   * @throws org.onnxghn.converter.images.ImageException OG-420 to OG-425
   */
  public Prepared open(OnnxModel model, IntConsumer progress) {
    DataFolder folder = DataFolder.of(data);
    String name = split == null ? folder.evaluationSplit() : split;
    return prepared(model, folder, name, spec -> folder.open(name, spec, cache, progress));
  }

  /**
   * As {@link #open}, but only some images, chosen at random, of {@code train} unless told, else
   * what there is.
   *
   * @param count at most so many
   * @param seed of the choice
   */
  public Prepared sample(OnnxModel model, int count, long seed) {
    DataFolder folder = DataFolder.of(data);
    String name = split == null ? folder.trainingSplit() : split;
    return prepared(model, folder, name, spec -> folder.sample(name, spec, cache, count, seed));
  }

  private Prepared prepared(
      OnnxModel model, DataFolder folder, String name, Function<ImageSpec, Images> open) {
    ImageInput input = ImageInput.of(model);
    ImageSpec spec = input.spec(size, resize);
    Normalisation chosen = normalisationFor(model, input);
    Images images = open.apply(spec);
    DataSummary summary = DataSummary.of(data.toString(), folder.form(), name, images, chosen);
    return new Prepared(input, images, chosen, summary);
  }

  /** The normalisation that is stated, that the model's metadata state, or the usual one. */
  public Normalisation normalisationFor(OnnxModel model, ImageInput input) {
    if (normalisation != null) {
      return normalisation.forChannels(input.channels());
    }
    Map<String, String> metadata = new HashMap<>();
    model
        .proto()
        .getMetadataPropsList()
        .forEach(entry -> metadata.put(entry.getKey(), entry.getValue()));
    return Normalisation.stored(metadata)
        .orElse(Normalisation.standard(input.channels()))
        .forChannels(input.channels());
  }
}
