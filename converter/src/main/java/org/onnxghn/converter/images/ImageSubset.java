package org.onnxghn.converter.images;

import java.util.List;
import java.util.Objects;

/** Some images of a data set. */
final class ImageSubset implements Images {
  private final Images images;
  private final int[] indices;

  ImageSubset(Images images, int[] indices) {
    this.images = images;
    this.indices = indices.clone();
    for (int index : indices) {
      Objects.checkIndex(index, images.size());
    }
  }

  @Override
  public int size() {
    return indices.length;
  }

  @Override
  public int channels() {
    return images.channels();
  }

  @Override
  public int height() {
    return images.height();
  }

  @Override
  public int width() {
    return images.width();
  }

  @Override
  public List<String> classNames() {
    return images.classNames();
  }

  @Override
  public int label(int index) {
    return images.label(indices[index]);
  }

  @Override
  public void read(int index, byte[] planes) {
    images.read(indices[index], planes);
  }

  @Override
  public List<BadImage> bad() {
    return images.bad();
  }
}
