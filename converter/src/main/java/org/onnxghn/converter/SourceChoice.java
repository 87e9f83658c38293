package org.onnxghn.converter;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onnxghn.converter.initializers.FallbackMethod;
import org.onnxghn.converter.report.Source;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.Finding.Severity;
import org.onnxghn.graph.GraphNode;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.Primitive;
import org.onnxghn.graph.Role;

/** Decides for each trainable parameter where its values come from, and says why. */
public final class SourceChoice {
  private final ConversionOptions options;
  private final Selection selection;
  private final StoredValues stored;
  private final List<Finding> findings = new ArrayList<>();

  /** For a model with these values. */
  public SourceChoice(ConversionOptions options, StoredValues stored) {
    this.options = options;
    this.selection = new Selection(options.keep(), options.only());
    this.stored = stored;
  }

  /** What the user should know about the choices made so far. */
  public List<Finding> findings() {
    return findings;
  }

  /**
   * One assignment for each trainable parameter, in the graph's order.
   *
   * @param prediction of all slots
   * @param randomHead slots of a classifier that is to start at random
   */
  public List<Assignment> choose(
      ImportedGraph imported, Prediction prediction, Set<ParameterSlot> randomHead) {
    Map<String, Primitive> primitives = new HashMap<>();
    for (GraphNode node : imported.graph().nodes()) {
      node.slots().forEach(slot -> primitives.put(slot.parameter(), node.primitive()));
    }
    findings.addAll(
        selection.unmatched(imported.parameters().stream().map(Parameter::name).toList()));
    List<Assignment> assignments = new ArrayList<>();
    for (Parameter parameter : imported.parameters()) {
      if (parameter.role().isTrainable()) {
        Primitive primitive = primitives.get(parameter.name());
        assignments.add(choose(parameter, primitive, prediction, randomHead));
      }
    }
    return assignments;
  }

  /** The importer's findings without those about tensors that the user keeps on purpose. */
  public List<Finding> relevant(List<Finding> imported) {
    return imported.stream()
        .filter(
            finding -> finding.tensor() == null || selection.reasonToKeep(finding.tensor()) == null)
        .toList();
  }

  private Assignment choose(
      Parameter parameter,
      Primitive primitive,
      Prediction prediction,
      Set<ParameterSlot> randomHead) {
    String keep = selection.reasonToKeep(parameter.name());
    if (!parameter.type().isTrainable()) {
      return new Assignment(
          parameter, Source.KEPT, primitive, parameter.type().label() + " is not predicted");
    }
    if (keep != null) {
      return kept(parameter, primitive, keep);
    }
    List<ParameterSlot> slots = parameter.slots();
    if (slots.stream().anyMatch(randomHead::contains)) {
      return new Assignment(parameter, Source.FALLBACK, primitive, "random head");
    }
    if (!slots.isEmpty() && prediction.slots().containsAll(slots)) {
      boolean repeated = slots.stream().anyMatch(prediction.parameters().tiled()::contains);
      return new Assignment(parameter, repeated ? Source.TILED : Source.PREDICTED, primitive, null);
    }
    return notPredicted(parameter, primitive);
  }

  private Assignment notPredicted(Parameter parameter, Primitive primitive) {
    boolean value = stored.have(parameter.name());
    if (parameter.role() == Role.UNKNOWN) {
      return unknown(parameter, primitive, value);
    }
    if (options.fallback() == FallbackMethod.KEEP && value) {
      return kept(parameter, primitive, "--fallback keep");
    }
    if (options.checkpoint() == null) {
      return new Assignment(parameter, Source.FALLBACK, primitive, "no checkpoint");
    }
    if (parameter.slots().isEmpty()) {
      // The importer has its own finding.
      return new Assignment(
          parameter,
          Source.FALLBACK,
          primitive,
          parameter.role().label() + " of " + operator(parameter) + " has no node in the graph");
    }
    findings.add(
        Findings.of(
            Codes.FALLBACK,
            Severity.WARNING,
            parameter,
            "tensor " + parameter.name() + " is not on a way that the hypernetwork sees",
            "It starts with its initializer; choose another with --fallback, or --keep it."));
    return new Assignment(parameter, Source.FALLBACK, primitive, "not in the graph");
  }

  private Assignment unknown(Parameter parameter, Primitive primitive, boolean value) {
    String use = "what " + operator(parameter) + " uses it for is not known";
    if (value) {
      // The importer has warned.
      return new Assignment(parameter, Source.KEPT, primitive, use);
    }
    findings.add(
        Findings.of(
            Codes.UNKNOWN_RANDOM,
            Severity.WARNING,
            parameter,
            "tensor " + parameter.name() + " has no value and starts small and random: " + use,
            "Look at it; set it before training if that start is wrong."));
    return new Assignment(parameter, Source.FALLBACK, primitive, use);
  }

  private Assignment kept(Parameter parameter, Primitive primitive, String reason) {
    if (!stored.have(parameter.name())) {
      findings.add(
          Findings.of(
              Codes.KEPT_WITHOUT_VALUE,
              Severity.WARNING,
              parameter,
              "tensor "
                  + parameter.name()
                  + " has no value to keep and stays an input of the model",
              "Let it be initialised: take it out of --keep, or into --only."));
    }
    return new Assignment(parameter, Source.KEPT, primitive, reason);
  }

  private static String operator(Parameter parameter) {
    return parameter.consumer() == null ? "the model" : parameter.consumer().opType();
  }
}
