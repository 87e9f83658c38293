package org.onnxghn.converter.images;

import java.nio.ByteBuffer;
import java.util.List;

/** Decoded images in memory or in a mapped file. */
final class StoredImages implements Images {
  /**
   * Where pixels are: images one after the other, as many in each buffer (but the last).
   *
   * @param perBuffer images of a buffer
   */
  record Pixels(List<ByteBuffer> buffers, int perBuffer) {}

  private final ImageSpec spec;
  private final List<String> classNames;
  private final int[] labels;
  private final List<BadImage> bad;
  private final Pixels pixels;

  StoredImages(
      ImageSpec spec, List<String> classNames, int[] labels, List<BadImage> bad, Pixels pixels) {
    this.spec = spec;
    this.classNames = List.copyOf(classNames);
    this.labels = labels;
    this.bad = List.copyOf(bad);
    this.pixels = pixels;
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public int channels() {
    return spec.channels();
  }

  @Override
  public int height() {
    return spec.height();
  }

  @Override
  public int width() {
    return spec.width();
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public int label(int index) {
    return labels[index];
  }

  @Override
  public void read(int index, byte[] planes) {
    ByteBuffer buffer = pixels.buffers().get(index / pixels.perBuffer());
    int at = index % pixels.perBuffer() * spec.bytes();
    buffer.get(at, planes, 0, spec.bytes());
  }

  @Override
  public List<BadImage> bad() {
    return bad;
  }
}
