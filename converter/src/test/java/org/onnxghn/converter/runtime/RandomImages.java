package org.onnxghn.converter.runtime;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.onnxghn.converter.images.BadImage;
import org.onnxghn.converter.images.Images;

/** Images of noise, each with a brightness of its own. */
record RandomImages(int size, int channels, int height, int width) implements Images {
  @Override
  public List<String> classNames() {
    return IntStream.range(0, 2).mapToObj(i -> "class" + i).toList();
  }

  @Override
  public int label(int index) {
    return index % 2;
  }

  @Override
  public void read(int index, byte[] planes) {
    Random random = new Random(index);
    int level = random.nextInt(128);
    for (int i = 0; i < imageBytes(); i++) {
      planes[i] = (byte) (level + random.nextInt(128));
    }
  }

  @Override
  public List<BadImage> bad() {
    return List.of();
  }
}
