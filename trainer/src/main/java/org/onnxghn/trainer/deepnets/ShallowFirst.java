package org.onnxghn.trainer.deepnets;

/**
 * A curriculum (Bengio et al. 2009): an endless list that begins with {@link DeepNets#shallow
 * shallow networks}. Their share falls linearly to none over as many networks again, so that what
 * was learned is not lost at once.
 */
public final class ShallowFirst implements Architectures {
  /** The golden ratio's fraction: its multiples, modulo 1, cover [0, 1) evenly. */
  private static final double GOLDEN = 0.6180339887498949;

  private final DeepNets all;
  private final DeepNets shallow;
  private final long first;

  /**
   * @param first how many networks are shallow before the others come in
   */
  public ShallowFirst(DeepNets all, long first) {
    this.all = all;
    this.shallow = all.shallow();
    this.first = first;
  }

  @Override
  public String name() {
    return all.name();
  }

  @Override
  public long size() {
    return all.size();
  }

  @Override
  public Architecture get(long index) {
    return isShallow(index) ? shallow.get(index) : all.get(index);
  }

  private boolean isShallow(long index) {
    double share = 2 - (double) index / first;
    return index < 2 * first && index * GOLDEN % 1 < share;
  }
}
