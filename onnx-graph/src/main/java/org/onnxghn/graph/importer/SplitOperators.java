package org.onnxghn.graph.importer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.onnxghn.graph.importer.TraceParameters.Traces;
import org.onnxghn.onnx.proto.NodeProto;

/**
 * End of the first phase: takes apart operators that are a sum and a layer in one, where the sum
 * has to be seen on its own. All outputs of one operator have the same sources, so what reads the
 * sum in front of a normalisation would read the normalisation; and what a layer adds to its
 * result, a bias aside, has no place in its recogniser.
 *
 * <p>The halves are the operator itself with some of its inputs left out, so that parameters keep
 * the node, the type and the place that they have in the file; only a sum that the operator cannot
 * be without its layer, or one with a table, which may be a position encoding, is an Add of ours.
 */
final class SplitOperators {
  private static final Optional<Operator> ADD =
      OperatorTable.find(OperatorTable.DEFAULT_DOMAIN, "Add", Long.MAX_VALUE);

  private final OpGraph graph;
  private final List<Op> ops = new ArrayList<>();

  /** What is data; null when nothing depends on it. */
  private final Traces traces;

  private SplitOperators(OpGraph graph) {
    this.graph = graph;
    this.traces = needsTraces(graph) ? TraceParameters.trace(graph) : null;
  }

  static OpGraph split(OpGraph graph) {
    SplitOperators phase = new SplitOperators(graph);
    graph.ops.forEach(phase::take);
    if (phase.ops.size() == graph.ops.size()) {
      return graph;
    }
    for (Op op : phase.ops) {
      for (int output : op.outputs()) {
        if (output >= 0) {
          graph.values.get(output).producer = op.id();
        }
      }
    }
    return new OpGraph(phase.ops, graph.values, graph.outputs);
  }

  /**
   * Nearly always what a layer adds is a stored bias; then nothing needs to be traced twice. What a
   * fused operator adds may be a position encoding.
   */
  private static boolean needsTraces(OpGraph graph) {
    for (Op op : graph.ops) {
      if (isFused(op, "SkipLayerNormalization") || isFused(op, "FusedConv") && op.input(3) >= 0) {
        return true;
      }
      int place = addend(op);
      Value added = place < 0 ? null : graph.values.get(op.input(place));
      if (added != null && (added.stored == null || added.graphInput)) {
        return true;
      }
    }
    return false;
  }

  /** The input that is added to the result of a layer and could be data, or -1. */
  private static int addend(Op op) {
    if (op.operator().isEmpty() || op.output(0) < 0) {
      return -1;
    }
    int place =
        switch (op.type()) {
          case "Gemm", "FusedGemm" -> 2;
          case "Conv", "FusedConv" -> op.operator().get().dataInputs().contains(3) ? 3 : -1;
          default -> -1;
        };
    return place < 0 || op.input(place) < 0 ? -1 : place;
  }

  private void take(Op op) {
    int addend = traces == null ? -1 : addend(op);
    if (isFused(op, "SkipLayerNormalization") && addsTable(op)) {
      tableThenNorm(op, isTable(op.input(0)) ? 0 : 1);
    } else if (isFused(op, "SkipLayerNormalization") && op.output(3) >= 0) {
      sumThenNorm(op, 3, 2);
    } else if (isFused(op, "EmbedLayerNormalization") && op.output(2) >= 0) {
      sumThenNorm(op, 2, 5);
    } else if (isFused(op, "SkipSimplifiedLayerNormalization") && op.input(1) >= 0) {
      sumThenRest(op);
    } else if (addend >= 0 && traces.isData(op.input(addend))
        || addend == 3 && isTable(op.input(addend))) {
      layerThenSum(op, addend);
    } else {
      add(op);
    }
  }

  private static boolean isFused(Op op, String type) {
    return op.domain().equals("com.microsoft")
        && op.type().equals(type)
        && op.operator().isPresent();
  }

  /** Whether one summand is a table, such as a position encoding, and the other one data. */
  private boolean addsTable(Op op) {
    return isTable(op.input(0)) && traces.isData(op.input(1))
        || isTable(op.input(1)) && traces.isData(op.input(0));
  }

  /** A parameter that is no vector, as a bias would be. */
  private boolean isTable(int value) {
    Traced trace = traces == null ? null : traces.parameter(value);
    return trace != null && ParameterCollector.vectorSize(trace) == 0;
  }

  /** The table is one of an Add of ours, which is recognised as any other. */
  private void tableThenNorm(Op op, int table) {
    int data = op.input(1 - table);
    if (op.input(4) >= 0) {
      int biased = newValue(op);
      add(op.between(new int[] {data, -1, -1, -1, op.input(4)}, new int[] {biased}));
      data = biased;
    }
    int sum = op.output(3) >= 0 ? op.output(3) : newValue(op);
    addSum(op, data, op.input(table), sum);
    int[] norm = {sum, -1, op.input(2), op.input(3)};
    add(op.between(norm, new int[] {op.output(0), op.output(1), op.output(2)}));
  }

  /**
   * @param sum the output that is the sum
   * @param weight the input that is the norm's weight; its bias is the next one
   */
  private void sumThenNorm(Op op, int sum, int weight) {
    int[] summands = op.inputs().clone();
    int[] norm = new int[Math.max(1, summands.length)];
    Arrays.fill(norm, -1);
    norm[0] = op.output(sum);
    for (int place = weight; place <= weight + 1 && place < summands.length; place++) {
      norm[place] = summands[place];
      summands[place] = -1;
    }
    int[] others = op.outputs().clone();
    others[0] = op.output(sum);
    others[sum] = -1;
    add(op.between(summands, others));
    add(op.between(norm, new int[] {op.output(0)}));
  }

  /** RMS normalisation has no primitive, and no recogniser that would see the sum before it. */
  private void sumThenRest(Op op) {
    int sum = op.output(3) >= 0 ? op.output(3) : newValue(op);
    int[] rest = op.inputs().clone();
    rest[0] = sum;
    rest[1] = -1;
    int[] outputs = op.outputs().clone();
    if (outputs.length > 3) {
      outputs[3] = -1;
    }
    addSum(op, op.input(0), op.input(1), sum);
    add(op.between(rest, outputs));
  }

  /** An activation that the operator applies last is contracted, so it need not follow the sum. */
  private void layerThenSum(Op op, int addend) {
    int result = newValue(op);
    int[] layer = op.inputs().clone();
    layer[addend] = -1;
    int[] outputs = op.outputs().clone();
    outputs[0] = result;
    add(op.between(layer, outputs));
    addSum(op, result, op.input(addend), op.output(0));
  }

  private void addSum(Op op, int first, int second, int sum) {
    NodeProto node = NodeProto.newBuilder().setName(op.node().getName()).setOpType("Add").build();
    add(
        new Op(
            ops.size(),
            node,
            OperatorTable.DEFAULT_DOMAIN,
            ADD,
            new int[] {first, second},
            new int[] {sum},
            new Attributes(node, Map.of())));
  }

  private int newValue(Op op) {
    Value value = new Value(graph.values.size(), op.node().getName());
    graph.values.add(value);
    return value.id;
  }

  private void add(Op op) {
    ops.add(op.id() == ops.size() ? op : op.withId(ops.size()));
  }
}
