package org.onnxghn.converter.initializers;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.SplittableRandom;
import org.onnxghn.onnx.Sha256;

/**
 * Random numbers that depend on the user's seed, a purpose and a tensor's name only: neither on the
 * order in which tensors are filled nor on which others there are.
 */
public final class RandomStream {
  private final SplittableRandom random;
  private double spare;
  private boolean hasSpare;

  private RandomStream(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /**
   * @param seed the user's
   * @param purpose keeps uses for the same tensor apart, such as {@code fallback} and {@code noise}
   * @param name of the tensor as stored
   */
  public static RandomStream of(long seed, String purpose, String name) {
    MessageDigest digest = Sha256.digest();
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(seed).flip());
    digest.update(purpose.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
    digest.update(name.getBytes(StandardCharsets.UTF_8));
    return new RandomStream(ByteBuffer.wrap(digest.digest()).getLong());
  }

  /** Uniform in {@code [-bound, bound)}. */
  public double uniform(double bound) {
    return (2 * random.nextDouble() - 1) * bound;
  }

  /**
   * Standard normal, by Marsaglia's polar method on {@link StrictMath}: the same numbers on every
   * machine.
   */
  public double normal() {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    double x;
    double y;
    double square;
    do {
      x = uniform(1);
      y = uniform(1);
      square = x * x + y * y;
    } while (square >= 1 || square == 0);
    double factor = StrictMath.sqrt(-2 * StrictMath.log(square) / square);
    spare = y * factor;
    hasSpare = true;
    return x * factor;
  }

  /**
   * Normal with mean 0, drawn again until it is in {@code [-2, 2]}: PyTorch's {@code
   * nn.init.trunc_normal_} with its default, absolute bounds.
   */
  public double truncatedNormal(double std) {
    double value;
    do {
      value = std * normal();
    } while (Math.abs(value) > 2);
    return value;
  }
}
