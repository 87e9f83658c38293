package org.onnxghn.trainer;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How much native memory the process holds, and whether it grows. */
public final class ResidentMemory {
  private static final Path MAPPINGS = Path.of("/proc/self/smaps");

  /** The JVM keeps its heap below this address; native memory is above. */
  private static final long NATIVE = 1L << 40;

  private static final Pattern MAPPING = Pattern.compile("([0-9a-f]+)-[0-9a-f]+ ");

  private ResidentMemory() {}

  /** Skips the test where the system does not tell. */
  public static void assumeMeasurable() {
    assumeTrue(Files.exists(MAPPINGS), "skipped: no /proc/self/smaps on this system");
  }

  /** Resident native memory that something still holds. */
  private static double residentMegabytes() throws IOException {
    // Java's direct buffers are native memory that only a collection frees; when one comes is
    // chance.
    System.gc();
    boolean counts = false;
    long kilobytes = 0;
    for (String line : Files.readAllLines(MAPPINGS)) {
      Matcher mapping = MAPPING.matcher(line);
      if (mapping.lookingAt()) {
        counts = Long.parseUnsignedLong(mapping.group(1), 16) >= NATIVE;
      } else if (counts && line.startsWith("Rss:")) {
        kilobytes += Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    return kilobytes / 1e3;
  }

  /**
   * Runs something many times.
   *
   * @return megabytes: the least of the last quarter over the most of the second, so that noise of
   *     malloc is in both
   */
  public static double growth(int rounds, IntConsumer round) throws IOException {
    double most = 0;
    double least = Double.MAX_VALUE;
    for (int i = 0; i < rounds; i++) {
      round.accept(i);
      if (i % (rounds / 40) == 0 && i >= rounds / 4 && i < rounds / 2) {
        most = Math.max(most, residentMegabytes());
      } else if (i % (rounds / 40) == 0 && i >= rounds * 3 / 4) {
        least = Math.min(least, residentMegabytes());
      }
    }
    return least - most;
  }
}
