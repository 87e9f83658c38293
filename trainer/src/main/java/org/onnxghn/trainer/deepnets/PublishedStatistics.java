package org.onnxghn.trainer.deepnets;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the reference measured of its own draw of DeepNets-1M, as printed in {@value #SOURCE}. It
 * has no figures of the split search, and none of parameters.
 *
 * @param source where it is printed
 * @param networks how many were measured
 * @param summary by the names of {@link NetworkStatistics}
 */
public record PublishedStatistics(String source, int networks, Map<String, Spread> summary) {
  private static final String SOURCE =
      "github.com/facebookresearch/ppuda, examples/graph_properties.ipynb";

  /** Of the split's CIFAR networks, where there are any. */
  public static Optional<PublishedStatistics> of(Split split) {
    return switch (split) {
      case TRAIN -> of(1000, 192.3, 94.9, 2.3, 14.5, 4.8);
      case VAL -> of(500, 190.5, 94.4, 2.3, 14.5, 5.0);
      case TEST -> of(500, 185.5, 91.2, 2.3, 14.3, 4.8);
      case WIDE -> of(100, 178.6, 75.1, 2.3, 14.7, 4.9);
      case DEEP -> of(100, 391.2, 176.7, 2.3, 26.2, 9.3);
      case DENSE -> of(100, 355.1, 182.3, 2.4, 15.1, 4.1);
      case BNFREE -> of(100, 135.1, 78.1, 2.4, 10.0, 2.8);
      case SEARCH -> Optional.empty();
    };
  }

  private static Optional<PublishedStatistics> of(
      int networks, double nodes, double nodesStd, double degree, double path, double pathStd) {
    Map<String, Spread> summary = new LinkedHashMap<>();
    summary.put("nodes", new Spread(nodes, nodesStd));
    summary.put("degree", new Spread(degree, 0.1));
    summary.put("pathLength", new Spread(path, pathStd));
    return Optional.of(new PublishedStatistics(SOURCE, networks, summary));
  }
}
