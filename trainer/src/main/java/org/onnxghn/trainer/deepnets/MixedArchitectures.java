package org.onnxghn.trainer.deepnets;

/** Two lists in one, evenly mixed. */
public final class MixedArchitectures implements Architectures {
  private final Architectures own;
  private final Architectures others;
  private final double share;

  private MixedArchitectures(Architectures own, Architectures others, double share) {
    this.own = own;
    this.others = others;
    this.share = share;
  }

  /**
   * Mixes them.
   *
   * @param own where it ends, it begins again
   * @param share of {@code own}, more than 0; with 1 there are no others
   */
  public static Architectures of(Architectures own, Architectures others, double share) {
    return share == 1 ? own : new MixedArchitectures(own, others, share);
  }

  @Override
  public String name() {
    return own.name() + " and " + others.name();
  }

  @Override
  public long size() {
    return others.size();
  }

  @Override
  public Architecture get(long index) {
    long before = (long) Math.floor(index * share);
    boolean isOwn = (long) Math.floor((index + 1) * share) > before;
    return isOwn ? own.get(before % own.size()) : others.get(index - before);
  }
}
