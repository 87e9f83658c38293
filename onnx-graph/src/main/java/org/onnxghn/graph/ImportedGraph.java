package org.onnxghn.graph;

import java.util.List;

/**
 * What the importer makes of a model.
 *
 * @param graph the computational graph
 * @param parameters all parameters and BatchNorm statistics, in the order of their first use
 * @param findings what the user should know
 */
public record ImportedGraph(
    ComputationalGraph graph, List<Parameter> parameters, List<Finding> findings) {
  /** Copies the lists. */
  public ImportedGraph {
    parameters = List.copyOf(parameters);
    findings = List.copyOf(findings);
  }

  /** Elements of all trainable parameters. */
  public long trainableElements() {
    return parameters.stream()
        .filter(parameter -> parameter.role().isTrainable())
        .mapToLong(parameter -> parameter.shape().elements())
        .sum();
  }
}
