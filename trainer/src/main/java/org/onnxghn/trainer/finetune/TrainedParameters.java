package org.onnxghn.trainer.finetune;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.onnxghn.converter.Globs;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.Role;
import org.onnxghn.onnx.ElementType;

/**
 * Which tensors of a model are trained.
 *
 * @param trained parameters that get gradients
 * @param frozen those that {@code --freeze} leaves as they are
 * @param frozenStatistics running statistics that it leaves as they are
 * @param findings about tensors that are left as they are for other reasons
 */
record TrainedParameters(
    List<Parameter> trained,
    List<Parameter> frozen,
    Set<String> frozenStatistics,
    List<Finding> findings) {

  /**
   * Chooses.
   *
   * @param available names of the tensors that the executor takes from outside
   * @throws FineTuneException OG-520 for a pattern that matches nothing, OG-522 when nothing is
   *     left to train
   */
  static TrainedParameters choose(
      ImportedGraph imported, Set<String> available, List<String> freeze) {
    Globs globs = new Globs(freeze);
    List<String> names = imported.parameters().stream().map(Parameter::name).toList();
    List<String> unmatched = globs.unmatched(names);
    if (!unmatched.isEmpty()) {
      throw new FineTuneException(
          FineTuneException.OPTION,
          "--freeze " + unmatched.get(0) + " matches no parameter",
          "Compare with the names that `onnx-ghn inspect` lists; * matches anything.");
    }
    List<Parameter> trained = new ArrayList<>();
    List<Parameter> frozen = new ArrayList<>();
    Set<String> statistics = new HashSet<>();
    List<Parameter> unknown = new ArrayList<>();
    List<Parameter> unusual = new ArrayList<>();
    for (Parameter parameter : imported.parameters()) {
      if (globs.match(parameter.name())) {
        if (parameter.role().isTrainable()) {
          frozen.add(parameter);
        } else {
          statistics.add(parameter.name());
        }
      } else if (parameter.role().isTrainable()) {
        if (parameter.role() == Role.UNKNOWN) {
          unknown.add(parameter);
        } else if (parameter.type() != ElementType.FLOAT || !available.contains(parameter.name())) {
          unusual.add(parameter);
        } else {
          trained.add(parameter);
        }
      }
    }
    List<Finding> findings = new ArrayList<>();
    note(findings, unknown, "what they are used for is not known");
    note(findings, unusual, "they are not float32, or no part of the computation");
    if (trained.isEmpty()) {
      throw new FineTuneException(
          FineTuneException.MODEL,
          "the model has no parameter to train (%d frozen, %d of unknown use, %d of other types)"
              .formatted(frozen.size(), unknown.size(), unusual.size()),
          "Freeze less; see what `onnx-ghn inspect` says of its parameters.");
    }
    return new TrainedParameters(trained, frozen, statistics, findings);
  }

  private static void note(List<Finding> findings, List<Parameter> kept, String why) {
    if (kept.isEmpty()) {
      return;
    }
    findings.add(
        new Finding(
            FineTuneException.KEPT,
            Finding.Severity.NOTE,
            "%d tensors (such as %s) stay as they are: %s"
                .formatted(kept.size(), kept.get(0).name(), why),
            null,
            null,
            null,
            kept.get(0).name(),
            kept.stream().mapToLong(parameter -> parameter.shape().elements()).sum(),
            "See `onnx-ghn inspect` for their use."));
  }

  /** Elements of the trained parameters. */
  long elements() {
    return trained.stream().mapToLong(parameter -> parameter.shape().elements()).sum();
  }
}
