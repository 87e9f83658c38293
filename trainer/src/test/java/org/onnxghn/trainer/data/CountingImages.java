package org.onnxghn.trainer.data;

import java.util.List;
import java.util.stream.IntStream;
import org.onnxghn.converter.images.BadImage;
import org.onnxghn.converter.images.Images;

/** Images whose bytes and labels tell their index. */
record CountingImages(int size, int channels, int height, int width) implements Images {
  @Override
  public List<String> classNames() {
    return IntStream.range(0, size).mapToObj(Integer::toString).toList();
  }

  @Override
  public int label(int index) {
    return index;
  }

  @Override
  public void read(int index, byte[] planes) {
    for (int i = 0; i < imageBytes(); i++) {
      planes[i] = (byte) (index + i);
    }
  }

  @Override
  public List<BadImage> bad() {
    return List.of();
  }
}
