package org.onnxghn.converter.runtime;

import java.util.Arrays;
import java.util.List;
import org.onnxghn.converter.images.BadImage;
import org.onnxghn.converter.images.Images;
import org.onnxghn.converter.images.Normalisation;

/**
 * A data set, as reports name it.
 *
 * @param path as given
 * @param form such as {@code image folder}
 * @param images that can be used
 * @param bad those that cannot, by name
 * @param height of the images that the model sees
 * @param width of the images that the model sees
 * @param mean of the normalisation, by channel
 * @param std of the normalisation, by channel
 */
public record DataSummary(
    String path,
    String form,
    String split,
    int images,
    List<BadImage> bad,
    int classes,
    int height,
    int width,
    List<Double> mean,
    List<Double> std) {
  /** Of these images. */
  public static DataSummary of(
      String path, String form, String split, Images images, Normalisation normalisation) {
    return new DataSummary(
        path,
        form,
        split,
        images.size(),
        images.bad(),
        images.classNames().size(),
        images.height(),
        images.width(),
        Arrays.stream(normalisation.mean()).boxed().toList(),
        Arrays.stream(normalisation.std()).boxed().toList());
  }
}
