package org.onnxghn.converter.images;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Some images of a source: the others are never looked at. */
final class SampledSource implements ImageSource {
  private final ImageSource source;
  private final int[] indices;

  private SampledSource(ImageSource source, int[] indices) {
    this.source = source;
    this.indices = indices;
  }

  /** At most {@code count} images, all with the same probability, in random order. */
  static SampledSource of(ImageSource source, int count, long seed) {
    return new SampledSource(source, choose(source.size(), count, seed));
  }

  /** Different numbers below {@code size}: Fisher and Yates, stopped after {@code count}. */
  static int[] choose(int size, int count, long seed) {
    int[] order = IntStream.range(0, size).toArray();
    SplittableRandom random = new SplittableRandom(seed);
    int[] chosen = new int[Math.min(size, count)];
    for (int i = 0; i < chosen.length; i++) {
      int j = i + random.nextInt(size - i);
      chosen[i] = order[j];
      order[j] = order[i];
    }
    return chosen;
  }

  @Override
  public int size() {
    return indices.length;
  }

  @Override
  public List<String> classNames() {
    return source.classNames();
  }

  @Override
  public int label(int index) {
    return source.label(indices[index]);
  }

  @Override
  public String name(int index) {
    return source.name(indices[index]);
  }

  @Override
  public RawImage read(int index) throws BadImageException {
    return source.read(indices[index]);
  }

  @Override
  public boolean isReady(ImageSpec spec) {
    return source.isReady(spec);
  }

  @Override
  public Iterable<String> fingerprint() {
    List<String> parts = new ArrayList<>(List.of("sample " + Arrays.toString(indices)));
    source.fingerprint().forEach(parts::add);
    return parts;
  }
}
