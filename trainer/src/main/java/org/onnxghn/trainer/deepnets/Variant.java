package org.onnxghn.trainer.deepnets;

import java.util.Locale;

/** For which images the networks are. */
public enum Variant {
  /** 32x32. */
  CIFAR(32),
  /** 224x224. */
  IMAGENET(224);

  private final int imageSize;

  Variant(int imageSize) {
    this.imageSize = imageSize;
  }

  /** Rows and columns of an image. */
  public int imageSize() {
    return imageSize;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
