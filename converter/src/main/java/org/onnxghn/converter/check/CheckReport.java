package org.onnxghn.converter.check;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.onnxghn.graph.Finding.Severity;

/**
 * The check of all models; as JSON, the object that shared/JSON.md describes under {@code check}.
 *
 * @param models in the order of the command line
 * @param findings of all models, grouped by operator; those about whole models come first
 */
public record CheckReport(List<ModelCheck> models, List<ModelFinding> findings, Summary summary) {
  /**
   * Counts.
   *
   * @param byOp by {@code domain::opType}, how much is found about each operator
   */
  public record Summary(
      int models, int full, int partial, int none, int refused, Map<String, Places> byOp) {}

  /**
   * Where an operator has findings.
   *
   * @param models number of models
   * @param nodes number of nodes in all models; tensors stand for nodes that have no name
   */
  public record Places(int models, int nodes) {}

  /** Groups and counts. */
  static CheckReport of(List<ModelCheck> models) {
    List<ModelFinding> findings = new ArrayList<>();
    models.forEach(model -> findings.addAll(model.findings()));
    // Stable: within an operator and a code the order of models stays.
    findings.sort(Comparator.comparing(ModelFinding::operator).thenComparing(ModelFinding::code));
    Summary summary =
        new Summary(
            models.size(),
            count(models, Verdict.FULL),
            count(models, Verdict.PARTIAL),
            count(models, Verdict.NONE),
            count(models, Verdict.REFUSED),
            byOp(findings));
    return new CheckReport(List.copyOf(models), List.copyOf(findings), summary);
  }

  /**
   * The exit code: 2 when a model is refused, else 1 when a finding that the baseline does not know
   * reaches the threshold or a model's coverage is too low, else 0.
   */
  public int exitCode(CheckOptions options) {
    if (summary.refused() > 0) {
      return 2;
    }
    return models.stream().anyMatch(model -> fails(model, options)) ? 1 : 0;
  }

  /** Whether this model makes the check fail. */
  public static boolean fails(ModelCheck model, CheckOptions options) {
    return model.verdict() == Verdict.REFUSED
        || model.coverage().fraction() < options.minCoverage()
        || model.findings().stream()
            .anyMatch(finding -> !finding.known() && options.failOn().fails(finding.severity()));
  }

  /** How many findings of this severity the baseline does not know. */
  public long count(Severity severity) {
    return findings.stream()
        .filter(finding -> finding.severity() == severity && !finding.known())
        .count();
  }

  private static int count(List<ModelCheck> models, Verdict verdict) {
    return (int) models.stream().filter(model -> model.verdict() == verdict).count();
  }

  private static Map<String, Places> byOp(List<ModelFinding> findings) {
    Map<String, Set<String>> models = new TreeMap<>();
    Map<String, Set<List<String>>> nodes = new TreeMap<>();
    Map<String, Integer> nameless = new TreeMap<>();
    for (ModelFinding finding : findings) {
      String op = finding.operator();
      if (op.isEmpty()) {
        continue;
      }
      models.computeIfAbsent(op, key -> new HashSet<>()).add(finding.model());
      String name = named(finding.node()) ? "n " + finding.node() : "t " + finding.tensor();
      if (named(finding.node()) || finding.tensor() != null) {
        nodes.computeIfAbsent(op, key -> new HashSet<>()).add(List.of(finding.model(), name));
      } else {
        nameless.merge(op, 1, Integer::sum);
      }
    }
    Map<String, Places> places = new TreeMap<>();
    models.forEach(
        (op, in) ->
            places.put(
                op,
                new Places(
                    in.size(),
                    nodes.getOrDefault(op, Set.of()).size() + nameless.getOrDefault(op, 0))));
    return places;
  }

  private static boolean named(String node) {
    return node != null && !node.isEmpty();
  }
}
