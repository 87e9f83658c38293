package org.onnxghn.converter.images;

import java.util.List;

/** A source whose images are as asked for, and cheap to read again and again. */
final class DirectImages implements Images {
  private final ImageSource source;
  private final ImageSpec spec;

  DirectImages(ImageSource source, ImageSpec spec) {
    this.source = source;
    this.spec = spec;
  }

  @Override
  public int size() {
    return source.size();
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
    return source.classNames();
  }

  @Override
  public int label(int index) {
    return source.label(index);
  }

  @Override
  public void read(int index, byte[] planes) {
    try {
      System.arraycopy(source.read(index).planes(), 0, planes, 0, spec.bytes());
    } catch (BadImageException e) {
      throw new IllegalStateException("sources that are ready have no bad images", e);
    }
  }

  @Override
  public List<BadImage> bad() {
    return List.of();
  }
}
