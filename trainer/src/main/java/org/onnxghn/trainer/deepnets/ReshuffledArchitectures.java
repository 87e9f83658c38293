package org.onnxghn.trainer.deepnets;

import org.onnxghn.trainer.data.HeldOut;

/**
 * A list that ends, again and again, each time in another order (GHN3.md 9.5). Names sort files by
 * kind: a training in their order would see one kind at a time, and in one order for ever the same
 * networks together.
 */
public final class ReshuffledArchitectures implements Architectures {
  private final Architectures all;
  private final long seed;
  private long pass = -1;
  private int[] order;

  /**
   * @param all a list that ends
   * @param seed of the orders
   */
  public ReshuffledArchitectures(Architectures all, long seed) {
    this.all = all;
    this.seed = seed;
  }

  @Override
  public String name() {
    return all.name();
  }

  @Override
  public long size() {
    return Long.MAX_VALUE;
  }

  @Override
  public Architecture get(long index) {
    return all.get(order(index / all.size())[(int) (index % all.size())]);
  }

  private synchronized int[] order(long wanted) {
    if (pass != wanted) {
      order = HeldOut.shuffled((int) all.size(), seed + wanted);
      pass = wanted;
    }
    return order;
  }
}
