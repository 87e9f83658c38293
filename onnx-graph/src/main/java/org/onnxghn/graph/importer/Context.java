package org.onnxghn.graph.importer;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.GraphConvention;
import org.onnxghn.graph.Role;
import org.onnxghn.graph.importer.ParameterCollector.Use;
import org.onnxghn.graph.importer.TraceParameters.Traces;
import org.onnxghn.onnx.StoredTensor;

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
  final DerivedParameters derived;
  final StoredValues storedValues = new StoredValues();
  final ParameterCollector parameters = new ParameterCollector();
  final List<Finding> findings = new ArrayList<>();

  /** Tensors that some layer uses as its weight after arithmetic; it records them. */
  private final Set<StoredTensor> weightsComputed;

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
    this.derived = new DerivedParameters(graph, traces, flows);
    this.layers = new Layer[graph.ops.size()];
    this.weightsComputed = weightsComputed(graph, traces);
  }

  private static Set<StoredTensor> weightsComputed(OpGraph graph, Traces traces) {
    Set<StoredTensor> computed = new HashSet<>();
    for (Op op : graph.ops) {
      Map<Integer, Role> places = op.operator().map(Operator::parameters).orElse(Map.of());
      places.forEach(
          (place, role) -> {
            boolean taken = role == Role.WEIGHT && takes(op, place, places, traces);
            Traced weight = taken ? traces.weight(op.input(place)) : null;
            if (weight != null && weight.computed()) {
              computed.add(weight.tensor());
            }
          });
    }
    return computed;
  }

  /**
   * Whether the layer takes its weight from the place. Of two (MatMul's) that is the second if it
   * is stored, and the first only beside data: learned queries, which are multiplied with a weight,
   * are none themselves.
   */
  private static boolean takes(Op op, int place, Map<Integer, Role> places, Traces traces) {
    boolean either = places.get(0) == Role.WEIGHT && places.get(1) == Role.WEIGHT;
    return !either || place == 1 || traces.isData(op.input(1));
  }

  /** The layer of the operator that computes the value's origin, or null. */
  Layer layerOf(int value) {
    Op op = flows.source(value);
    return op == null ? null : layers[op.id()];
  }

  /** Records a parameter whose operator alone does not say what it is. */
  void recordDerived(Traced trace, Op op, int input) {
    if (weightsComputed.contains(trace.tensor())) {
      return;
    }
    if (derived.isQuantisationScale(op)) {
      parameters.exclude(trace.tensor());
      return;
    }
    DerivedParameters.Use use = derived.use(op);
    parameters.record(
        use == null
            ? Use.asIs(trace, Role.UNKNOWN, op, input, 1)
            : Use.asIs(trace, use.role(), use.op(), use.input(), 1));
  }
}
