package org.onnxghn.trainer.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onnxghn.converter.report.JsonOutput;

/**
 * What the results of {@link FineTuneComparison} come to.
 *
 * @param against the start that the others are compared with
 * @param levels of each start and budget
 * @param comparisons of each start with one of them
 */
record Comparison(String against, List<Level> levels, List<Wins> comparisons) {
  private static final int TOP = 10;

  /**
   * The accuracy of one start after one budget, over networks.
   *
   * @param top10 mean of the ten best networks (paper, Table 2)
   */
  record Level(
      String init,
      double epochs,
      int networks,
      double mean,
      double std,
      double max,
      double top10) {}

  /**
   * One start against another, network by network (paper, Table 4).
   *
   * @param wins networks where it is strictly better; one whose loss was finite with none of the
   *     learning rates has the accuracy of chance, and is not better than what a training gave
   * @param averageGain mean difference of the networks where it is better, 0 without any
   * @param averageLoss mean difference of the networks where it is worse, 0 or below
   * @param averageDifference mean over all networks
   */
  record Wins(
      String init,
      String against,
      double epochs,
      int networks,
      int wins,
      double averageGain,
      double averageLoss,
      double averageDifference) {}

  private record Cell(String init, double epochs) {}

  /**
   * @param networks {@code networks[]} of shared/JSON.md
   * @param against the start that the others are compared with
   */
  static Comparison of(List<JsonNode> networks, String against) {
    Map<Cell, Map<String, Double>> cells = new LinkedHashMap<>();
    Map<Cell, Set<String>> diverged = new HashMap<>();
    for (JsonNode network : networks) {
      for (JsonNode result : network.path("fineTuned")) {
        Cell cell = new Cell(result.path("init").asText(), result.path("epochs").asDouble());
        cells
            .computeIfAbsent(cell, key -> new LinkedHashMap<>())
            .put(network.path("name").asText(), result.path("top1").asDouble());
        if (result.path("learningRate").asDouble(1) == 0) {
          diverged.computeIfAbsent(cell, key -> new HashSet<>()).add(network.path("name").asText());
        }
      }
    }
    List<Level> levels = new ArrayList<>();
    List<Wins> comparisons = new ArrayList<>();
    cells.forEach(
        (cell, results) -> {
          levels.add(level(cell, results));
          Map<String, Double> others = cells.get(new Cell(against, cell.epochs()));
          if (!cell.init().equals(against) && others != null) {
            Set<String> failed = diverged.getOrDefault(cell, Set.of());
            comparisons.add(wins(cell, against, results, others, failed));
          }
        });
    return new Comparison(against, levels, comparisons);
  }

  private static Level level(Cell cell, Map<String, Double> results) {
    ZeroShot.Summary spread =
        ZeroShot.Summary.of(results.values().stream().mapToDouble(Double::doubleValue).toArray());
    double top =
        results.values().stream()
            .sorted(Comparator.reverseOrder())
            .limit(TOP)
            .mapToDouble(Double::doubleValue)
            .average()
            .orElse(0);
    return new Level(
        cell.init(), cell.epochs(), results.size(), spread.mean(), spread.std(), spread.max(), top);
  }

  private static Wins wins(
      Cell cell,
      String against,
      Map<String, Double> results,
      Map<String, Double> others,
      Set<String> diverged) {
    Set<String> both = new LinkedHashSet<>(results.keySet());
    both.retainAll(others.keySet());
    double[] differences =
        both.stream().mapToDouble(name -> results.get(name) - others.get(name)).toArray();
    double[] gains =
        both.stream()
            .filter(name -> !diverged.contains(name))
            .mapToDouble(name -> results.get(name) - others.get(name))
            .filter(difference -> difference > 0)
            .toArray();
    return new Wins(
        cell.init(),
        against,
        cell.epochs(),
        differences.length,
        gains.length,
        Arrays.stream(gains).average().orElse(0),
        Arrays.stream(differences).filter(d -> d < 0).average().orElse(0),
        Arrays.stream(differences).average().orElse(0));
  }

  /**
   * {@code summary} of shared/JSON.md: by split of the first start that is compared with the other,
   * or of that one alone, after the longest budget; its wins; all starts as {@code levels} and
   * {@code comparisons}.
   */
  ObjectNode summary(String split) {
    ObjectNode summary = JsonOutput.tree(Map.of());
    String first =
        levels.stream()
            .map(Level::init)
            .filter(init -> !init.equals(against))
            .findFirst()
            .orElse(against);
    levels.stream()
        .filter(level -> level.init().equals(first))
        .max(Comparator.comparingDouble(Level::epochs))
        .ifPresent(
            level ->
                summary.set(
                    split,
                    JsonOutput.tree(
                        new ZeroShot.Summary(
                            level.networks(), level.mean(), level.std(), level.max()))));
    comparisons.stream()
        .filter(wins -> wins.init().equals(first))
        .max(Comparator.comparingDouble(Wins::epochs))
        .ifPresent(wins -> summary.set("wins", JsonOutput.tree(wins)));
    ArrayNode all = summary.putArray("levels");
    levels.forEach(level -> all.add(JsonOutput.tree(level)));
    ArrayNode pairs = summary.putArray("comparisons");
    comparisons.forEach(wins -> pairs.add(JsonOutput.tree(wins)));
    return summary;
  }
}
