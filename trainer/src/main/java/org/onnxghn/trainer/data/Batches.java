package org.onnxghn.trainer.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.onnxghn.converter.images.ImageException;
import org.onnxghn.converter.images.Images;
import org.onnxghn.trainer.run.Background;

/**
 * The batches of all epochs, one after the other, made ahead of time in background threads. What a
 * batch holds depends on data set, augmentation, seed and {@link Position} alone: neither on
 * threads nor on where the stream began. For use by one thread.
 */
public final class Batches implements AutoCloseable {
  private final Images images;
  private final Augmentation augmentation;
  private final BatchOptions options;
  private final float[][] table;
  private final int sampleLength;
  private final int perEpoch;
  private final ExecutorService workers;
  private final ArrayDeque<Future<Batch>> pending = new ArrayDeque<>();
  private final Queue<FloatBuffer> free = new ConcurrentLinkedQueue<>();

  private Position submitted;
  private Position next;
  private int[] order;
  private int orderEpoch = -1;
  private long waitingNanos;

  /**
   * @param start the first batch to give, such as {@link #position} of an interrupted run
   * @throws ImageException OG-424 when a batch exceeds 2 GB; OG-425 when the normalisation is for
   *     another number of channels
   */
  public Batches(Images images, Augmentation augmentation, BatchOptions options, Position start) {
    this.images = images;
    this.augmentation = augmentation;
    this.options = options;
    this.table = augmentation.normalisation().forChannels(images.channels()).table();
    this.sampleLength = augmentation.length(images.channels());
    if ((long) sampleLength * options.batchSize() > Integer.MAX_VALUE / Float.BYTES) {
      throw new ImageException(
          ImageException.TOO_LARGE,
          "a batch of %d images of %d numbers exceeds 2 GB"
              .formatted(options.batchSize(), sampleLength),
          "Choose a smaller batch.");
    }
    int whole = images.size() / options.batchSize();
    boolean rest = images.size() % options.batchSize() > 0;
    this.perEpoch = whole + (rest && (whole == 0 || !options.dropLast()) ? 1 : 0);
    this.next = start.batch() < perEpoch ? start : new Position(start.epoch() + 1, 0);
    this.submitted = next;
    this.workers = Background.threads(options.workers(), "onnx-ghn-batches");
  }

  /** Batches of an epoch. */
  public int perEpoch() {
    return perEpoch;
  }

  /** The batch that {@link #next} gives next: what a checkpoint stores. */
  public Position position() {
    return next;
  }

  /** How long {@link #next} has waited for the background threads, in seconds. */
  public double waitingSeconds() {
    return waitingNanos / 1e9;
  }

  /** Whether an epoch is left. */
  public boolean hasNext() {
    return next.epoch() < options.epochs() && perEpoch > 0;
  }

  /**
   * The next batch, waiting for it when it is not ready.
   *
   * @throws NoSuchElementException when all epochs are over
   * @throws IllegalStateException when the waiting thread is interrupted
   */
  public Batch next() {
    if (!hasNext()) {
      throw new NoSuchElementException("all epochs are over");
    }
    while (pending.size() < options.ahead() && submitted.epoch() < options.epochs()) {
      submit();
    }
    Future<Batch> future = pending.remove();
    next = after(next);
    long start = System.nanoTime();
    try {
      return Background.get(future, "a batch");
    } finally {
      waitingNanos += System.nanoTime() - start;
    }
  }

  private Position after(Position position) {
    return position.batch() + 1 < perEpoch
        ? new Position(position.epoch(), position.batch() + 1)
        : new Position(position.epoch() + 1, 0);
  }

  private void submit() {
    if (orderEpoch != submitted.epoch()) {
      order = order(images.size(), submitted.epoch(), options);
      orderEpoch = submitted.epoch();
    }
    Position position = submitted;
    int[] chosen = order;
    submitted = after(position);
    pending.add(workers.submit(() -> make(position, chosen)));
  }

  /** The order of an epoch, from a seed of its own. */
  static int[] order(int size, int epoch, BatchOptions options) {
    return options.shuffle()
        ? HeldOut.shuffled(size, Augmentation.sampleSeed(options.seed(), epoch, -1))
        : IntStream.range(0, size).toArray();
  }

  private Batch make(Position position, int[] chosen) {
    int from = position.batch() * options.batchSize();
    int count = Math.min(options.batchSize(), chosen.length - from);
    FloatBuffer buffer = free.poll();
    if (buffer == null) {
      buffer =
          ByteBuffer.allocateDirect(options.batchSize() * sampleLength * Float.BYTES)
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
    }
    buffer.clear();
    int[] labels = new int[count];
    byte[] planes = new byte[images.imageBytes()];
    float[] sample = new float[sampleLength];
    for (int i = 0; i < count; i++) {
      int index = chosen[from + i];
      images.read(index, planes);
      long seed = Augmentation.sampleSeed(options.seed(), position.epoch(), index);
      augmentation.apply(planes, images.height(), images.width(), table, seed, sample);
      buffer.put(sample);
      labels[i] = images.label(index);
    }
    boolean last = position.batch() == perEpoch - 1;
    return new Batch(position, last, labels, buffer.flip(), free::add);
  }

  /** Stops the background threads. Batches that were given stay usable. */
  @Override
  public void close() {
    workers.shutdownNow();
  }
}
