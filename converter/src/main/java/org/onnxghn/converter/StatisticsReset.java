package org.onnxghn.converter;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onnxghn.converter.initializers.RandomStream;
import org.onnxghn.converter.initializers.StandardInitializer;
import org.onnxghn.converter.initializers.Target;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.Finding.Severity;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Parameter;

/**
 * BatchNorm's running statistics belong to the weights before them: when those change, the mean
 * becomes 0 and the variance 1, as in a fresh network.
 */
public final class StatisticsReset {
  private StatisticsReset() {}

  /**
   * @param values of the parameters that change; the statistics are added
   * @param options for {@code --keep} and {@code --only}, which hold for statistics too
   * @param stored values of the model as it is
   * @return names of the statistics that were reset
   */
  public static List<String> apply(
      ImportedGraph imported,
      Map<String, float[]> values,
      ConversionOptions options,
      StoredValues stored) {
    boolean changed = !values.isEmpty();
    Selection selection = new Selection(options.keep(), options.only());
    List<String> reset = new ArrayList<>();
    for (Parameter statistic : imported.parameters()) {
      String name = statistic.name();
      if (statistic.role().isTrainable()
          || !statistic.type().isTrainable()
          || selection.reasonToKeep(name) != null
          || !changed && stored.have(name)) {
        continue;
      }
      float[] fresh = new float[Tensors.arrayLength(name, statistic.shape())];
      Target target = new Target(name, statistic.role(), statistic.shape(), null, 0);
      new StandardInitializer().fill(fresh, target, RandomStream.of(0, "statistic", name));
      values.put(name, fresh);
      reset.add(name);
    }
    return reset;
  }

  /**
   * A warning of statistics that mean nothing.
   *
   * @param reset those that {@link #apply} gave
   * @param estimated those that were estimated since
   */
  static List<Finding> findings(List<String> reset, Set<String> estimated) {
    List<String> left = reset.stream().filter(name -> !estimated.contains(name)).toList();
    if (left.isEmpty()) {
      return List.of();
    }
    return List.of(
        Findings.general(
            Codes.STATISTICS_RESET,
            Severity.WARNING,
            left.size()
                + " running statistics of BatchNorm (such as "
                + left.get(0)
                + ") were reset to mean 0, variance 1: accuracy in inference mode means nothing"
                + " until they are estimated anew",
            "Train with BatchNorm in training mode, or run some images through it first."));
  }
}
