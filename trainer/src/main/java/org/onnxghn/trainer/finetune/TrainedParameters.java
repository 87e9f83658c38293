package org.onnxghn.trainer.finetune;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
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
   * @param reached names of the tensors that the executor takes from outside, and that the loss may
   *     have gradients for: weight decay would wear the others away
   * @throws FineTuneException OG-520 for a pattern that matches nothing, OG-522 when nothing is
   *     left to train
   */
  static TrainedParameters choose(
      ImportedGraph imported, Set<String> reached, List<String> freeze) {
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
    List<Parameter> unreached = new ArrayList<>();
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
        } else if (parameter.type() != ElementType.FLOAT) {
          unusual.add(parameter);
        } else if (!reached.contains(parameter.name())) {
          unreached.add(parameter);
        } else {
          trained.add(parameter);
        }
      }
    }
    List<Finding> findings = new ArrayList<>();
    note(findings, unknown, "what they are used for is not known");
    note(findings, unusual, "they are not float32");
    note(findings, unreached, "the loss of the first output has no gradient for them");
    if (trained.isEmpty()) {
      String message =
          "the model has no parameter to train (%d frozen, %d of unknown use, %d of other types, %d"
              + " without gradient)";
      throw new FineTuneException(
          FineTuneException.MODEL,
          message.formatted(frozen.size(), unknown.size(), unusual.size(), unreached.size()),
          unreached.isEmpty()
              ? "Freeze less; see what `onnx-ghn inspect` says of its parameters."
              : "Freeze less. Gradients end where numbers are rounded to whole ones: fine-tune the"
                  + " model before it is quantised.");
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

  /** What each trained parameter does in its layer. */
  Map<String, Role> roles() {
    return trained.stream().collect(Collectors.toMap(Parameter::name, Parameter::role));
  }

  /** Elements of the trained parameters. */
  long elements() {
    return trained.stream().mapToLong(parameter -> parameter.shape().elements()).sum();
  }
}
