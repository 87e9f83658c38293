package org.onnxghn.graph.importer;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.Finding.Severity;
import org.onnxghn.graph.GraphConvention;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.Role;
import org.onnxghn.onnx.OnnxModel;

/**
 * Turns an ONNX model into the computational graph that the hypernetwork sees, in five phases, one
 * class each, and says what it could not see.
 */
public final class GraphImporter {
  private GraphImporter() {}

  /** As {@link #importGraph(OnnxModel, GraphConvention)} with the reference's convention. */
  public static ImportedGraph importGraph(OnnxModel model) {
    return importGraph(model, GraphConvention.REFERENCE);
  }

  /**
   * Imports a model.
   *
   * @throws org.onnxghn.onnx.OnnxException when the model breaks ONNX's rules, or its graph is over
   *     a limit
   */
  public static ImportedGraph importGraph(OnnxModel model, GraphConvention convention) {
    OpGraph operators = Resolve.resolve(model);
    TraceParameters.Traces traces = TraceParameters.trace(operators);
    Context layers = RecogniseLayers.recognise(operators, traces, convention);
    Contract.Contracted contracted = Contract.contract(layers);
    ComputationalGraph graph = Finish.finish(contracted);

    List<Parameter> parameters = layers.parameters.parameters(slots(graph));
    List<Finding> findings = new ArrayList<>(layers.findings);
    parameters.forEach(parameter -> findOut(parameter, findings));
    parameters.stream()
        .filter(parameter -> layers.parameters.isShared(parameter.name()))
        .forEach(parameter -> findings.add(shared(parameter)));
    findings.addAll(FoldedBatchNorm.find(contracted, parameters));
    if (parameters.isEmpty()) {
      findings.add(noParameters());
    }
    return new ImportedGraph(graph, parameters, findings);
  }

  private static Set<ParameterSlot> slots(ComputationalGraph graph) {
    Set<ParameterSlot> slots = new HashSet<>();
    graph.nodes().forEach(node -> slots.addAll(node.slots()));
    return slots;
  }

  private static void findOut(Parameter parameter, List<Finding> findings) {
    if (!parameter.type().isTrainable()) {
      findings.add(
          finding(
              ImportCodes.QUANTISED,
              Severity.NOTE,
              parameter,
              "is quantised (" + parameter.type().label() + ") and kept as it is",
              "Convert the float model, then quantise it."));
    } else if (parameter.role() == Role.UNKNOWN) {
      findings.add(
          finding(
              ImportCodes.UNKNOWN_ROLE,
              Severity.WARNING,
              parameter,
              "is used in a way that does not say how it should start",
              "If it is no parameter, name it with --keep; it keeps its value then without this warning."));
    } else if (parameter.slots().isEmpty() && parameter.role().isTrainable()) {
      findings.add(
          finding(
              ImportCodes.NOT_A_PRIMITIVE,
              Severity.WARNING,
              parameter,
              "(" + parameter.role().label() + ") has no node in the hypernetwork's graph",
              "It gets the standard initializer of its operator; choose another with --fallback, or keep it with --keep."));
    }
  }

  private static Finding shared(Parameter parameter) {
    return finding(
        ImportCodes.SHARED_PARAMETER,
        Severity.NOTE,
        parameter,
        "is used by several layers; it is predicted for the first",
        "Nothing to do if the layers are tied; else export them with tensors of their own.");
  }

  private static Finding finding(
      String code, Severity severity, Parameter parameter, String what, String fix) {
    Parameter.Consumer consumer = parameter.consumer();
    return new Finding(
        code,
        severity,
        "tensor '"
            + parameter.name()
            + "' "
            + parameter.shape()
            + " of "
            + consumer.opType()
            + " "
            + what,
        consumer.node(),
        consumer.opType(),
        consumer.domain(),
        parameter.name(),
        parameter.shape().elements(),
        fix);
  }

  private static Finding noParameters() {
    return new Finding(
        ImportCodes.NO_PARAMETERS,
        Severity.WARNING,
        "the model has no parameters that can be predicted",
        null,
        null,
        null,
        null,
        0,
        "Nothing to do; check that this is the model that you meant.");
  }
}
