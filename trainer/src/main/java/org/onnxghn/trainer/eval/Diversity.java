package org.onnxghn.trainer.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import org.onnxghn.graph.Layout;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.Role;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.Shape;
import org.onnxghn.onnx.StoredTensor;

/**
 * How much tensors of one shape in different networks differ (paper, Table 9): the absolute cosine
 * distance {@code 1 - |cos|} of pairs of weights. A hypernetwork that answers much the same to all
 * networks is near 0, independent random tensors are near 1. Networks that were trained apart have
 * their output channels in any order; {@link Matching} undoes that.
 */
public final class Diversity {
  private static final Layout TRANSPOSE =
      new Layout(List.of(new Layout.Permute(List.of(1, 0))), null);

  /** Most output channels that are matched: time and memory grow faster than their square. */
  private static final int MOST_MATCHED = 1024;

  /** Weights by shape, each with the number of its network. */
  private final Map<Shape, List<Weight>> weights = new LinkedHashMap<>();

  private record Weight(int network, float[] values) {}

  /**
   * Of all tensors of one shape.
   *
   * @param pairs of tensors of different networks that were compared
   * @param distance mean of the absolute cosine distance
   * @param matched the same after the output channels are matched; no number where there are more
   *     than 1024
   */
  public record OfShape(
      List<Long> shape, int tensors, int pairs, double distance, double matched) {}

  /**
   * Means over shapes, each of which counts alike; no numbers where nothing was compared.
   *
   * @param tensors that were compared with others
   */
  public record Total(int shapes, int tensors, int pairs, double distance, double matched) {}

  /**
   * Adds a network's weights of rank 2 or more; those without values are left out.
   *
   * @param counted names of the parameters to add, and perhaps of others
   */
  public void add(int network, OnnxModel model, Predicate<String> counted) {
    for (Parameter parameter : GraphImporter.importGraph(model).parameters()) {
      StoredTensor tensor = model.tensor(parameter.name()).orElse(null);
      boolean weight = parameter.role() == Role.WEIGHT && parameter.shape().rank() >= 2;
      if (weight && tensor != null && tensor.hasData() && counted.test(parameter.name())) {
        boolean transposed = isTransposed(parameter);
        float[] values = tensor.floats();
        weights
            .computeIfAbsent(
                transposed ? TRANSPOSE.storedShape(parameter.shape()) : parameter.shape(),
                shape -> new ArrayList<>())
            .add(
                new Weight(
                    network, transposed ? TRANSPOSE.toStored(values, parameter.shape()) : values));
      }
    }
  }

  /** Whether a matrix is stored as in x out: its outputs must come first to be matched. */
  private static boolean isTransposed(Parameter parameter) {
    return parameter.slots().size() == 1
        && parameter.slots().get(0).layout().equals(TRANSPOSE)
        && parameter.shape().rank() == 2;
  }

  /**
   * Compares.
   *
   * @param most pairs of a shape; where there are more, some are chosen at random
   * @param seed of the choice
   */
  public List<OfShape> byShape(int most, long seed) {
    Map<String, OfShape> sorted = new TreeMap<>();
    weights.forEach(
        (shape, all) -> {
          List<int[]> pairs = pairs(all, most, seed);
          if (!pairs.isEmpty()) {
            int outputs = Math.toIntExact(shape.dim(0));
            BiFunction<float[], float[], Double> matched =
                (one, two) -> Matching.distance(one, two, outputs);
            sorted.put(
                shape.toString(),
                new OfShape(
                    Arrays.stream(shape.dims()).boxed().toList(),
                    all.size(),
                    pairs.size(),
                    mean(all, pairs, Diversity::distance),
                    outputs > MOST_MATCHED ? Double.NaN : mean(all, pairs, matched)));
          }
        });
    return List.copyOf(sorted.values());
  }

  private static double mean(
      List<Weight> all, List<int[]> pairs, BiFunction<float[], float[], Double> distance) {
    return pairs.parallelStream()
        .mapToDouble(pair -> distance.apply(all.get(pair[0]).values(), all.get(pair[1]).values()))
        .average()
        .orElse(0);
  }

  private static List<int[]> pairs(List<Weight> all, int most, long seed) {
    List<int[]> pairs = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      for (int j = i + 1; j < all.size(); j++) {
        if (all.get(i).network() != all.get(j).network()) {
          pairs.add(new int[] {i, j});
        }
      }
    }
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < Math.min(most, pairs.size()); i++) {
      int j = i + random.nextInt(pairs.size() - i);
      int[] swap = pairs.get(i);
      pairs.set(i, pairs.get(j));
      pairs.set(j, swap);
    }
    return pairs.subList(0, Math.min(most, pairs.size()));
  }

  /** {@code 1 - |cos|} of two vectors; 1 where one of them is zero. */
  static double distance(float[] one, float[] two) {
    double product = 0;
    double first = 0;
    double second = 0;
    for (int i = 0; i < one.length; i++) {
      product += (double) one[i] * two[i];
      first += (double) one[i] * one[i];
      second += (double) two[i] * two[i];
    }
    double norms = Math.sqrt(first) * Math.sqrt(second);
    return norms == 0 ? 1 : Math.max(0, 1 - Math.abs(product) / norms);
  }

  /** Mean, standard deviation and the largest, over shapes, of the distance as they are. */
  public static ZeroShot.Summary summary(int networks, List<OfShape> shapes) {
    ZeroShot.Summary spread =
        ZeroShot.Summary.of(shapes.stream().mapToDouble(OfShape::distance).toArray());
    return new ZeroShot.Summary(networks, spread.mean(), spread.std(), spread.max());
  }

  /** Over shapes. */
  public static Total total(List<OfShape> shapes) {
    return new Total(
        shapes.size(),
        shapes.stream().mapToInt(OfShape::tensors).sum(),
        shapes.stream().mapToInt(OfShape::pairs).sum(),
        shapes.stream().mapToDouble(OfShape::distance).average().orElse(Double.NaN),
        shapes.stream()
            .mapToDouble(OfShape::matched)
            .filter(Double::isFinite)
            .average()
            .orElse(Double.NaN));
  }
}
