package org.onnxghn.graph.importer;

import java.util.ArrayList;
import java.util.List;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.GraphConvention;
import org.onnxghn.graph.importer.TraceParameters.Traces;

/**
 * What the recognisers of single layers share: the graph, what the earlier phases found, and where
 * they put what they find.
 */
final class Context {
  final OpGraph graph;
  final Traces traces;
  final GraphConvention convention;
  final Flows flows;
  final NormalisationPattern normalisations;
  final AttentionPattern attention;
  final SqueezeExcite squeezeExcite;
  final ParameterCollector parameters = new ParameterCollector();
  final List<Finding> findings = new ArrayList<>();

  /** By operator id; null where no data flows. */
  final Layer[] layers;

  Context(OpGraph graph, Traces traces, GraphConvention convention) {
    this.graph = graph;
    this.traces = traces;
    this.convention = convention;
    this.flows = new Flows(graph, traces);
    this.normalisations = NormalisationPattern.find(graph, traces, flows);
    this.attention = AttentionPattern.find(graph, traces);
    this.squeezeExcite = SqueezeExcite.find(graph, traces, flows, convention);
    this.layers = new Layer[graph.ops.size()];
  }

  /** The layer of the operator that computes the value's origin, or null. */
  Layer layerOf(int value) {
    Op op = flows.source(value);
    return op == null ? null : layers[op.id()];
  }
}
