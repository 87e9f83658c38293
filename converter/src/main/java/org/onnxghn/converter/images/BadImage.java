package org.onnxghn.converter.images;

import java.util.List;
import java.util.Optional;
import org.onnxghn.converter.report.Escape;

/**
 * A file of a data set that is left out.
 *
 * @param name its path below the data set's folder
 * @param problem why
 */
public record BadImage(String name, String problem) {
  /** What to say about those that a data set was opened without, in a line; empty for none. */
  public static Optional<String> note(List<BadImage> bad) {
    return bad.stream()
        .findFirst()
        .map(
            first ->
                Escape.message(
                    "%d bad %s left out, such as %s: %s"
                        .formatted(
                            bad.size(),
                            bad.size() == 1 ? "image was" : "images were",
                            first.name(),
                            first.problem())));
  }
}
