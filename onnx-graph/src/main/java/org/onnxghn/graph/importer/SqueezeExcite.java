package org.onnxghn.graph.importer;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.onnxghn.graph.GraphConvention;
import org.onnxghn.graph.importer.TraceParameters.Traces;

/**
 * Squeeze-and-excitation: x is multiplied by gates computed from the global mean of that same x.
 * Finds the multiplications, and the means that squeeze (which are no global pooling of the
 * network).
 */
final class SqueezeExcite {
  /** A gate is two layers and their activations; decomposed activations make it longer. */
  private static final int MAX_OPERATORS = 48;

  /** Operands of those that are looked at: a sum may have any number. */
  private static final int MAX_OPERANDS = 256;

  private final OpGraph graph;
  private final Traces traces;
  private final Flows flows;
  private final BitSet gates = new BitSet();
  private final BitSet squeezes = new BitSet();

  private SqueezeExcite(OpGraph graph, Traces traces, Flows flows) {
    this.graph = graph;
    this.traces = traces;
    this.flows = flows;
  }

  static SqueezeExcite find(OpGraph graph, Traces traces, Flows flows, GraphConvention convention) {
    SqueezeExcite pattern = new SqueezeExcite(graph, traces, flows);
    for (Op op : graph.ops) {
      if (op.is("Mul") && traces.isData(op.input(0)) && traces.isData(op.input(1))) {
        boolean second = pattern.isGate(op.input(1), op.input(0));
        boolean gated = second || pattern.isGate(op.input(0), op.input(1));
        boolean hidden =
            convention == GraphConvention.REFERENCE && pattern.isReshaped(op.input(second ? 1 : 0));
        pattern.gates.set(op.id(), gated && !hidden);
      }
    }
    return pattern;
  }

  /** Whether the multiplication applies gates. */
  boolean isGating(Op mul) {
    return gates.get(mul.id());
  }

  /** Whether the pooling only feeds gates. */
  boolean isSqueeze(Op pooling) {
    return squeezes.get(pooling.id());
  }

  /**
   * Whether gates of Linear layers, (N, C), are brought to (N, C, 1, 1) last. The reference looks
   * for the gates' activation next to the multiplication, and misses these (GHN3.md 2.3).
   */
  private boolean isReshaped(int gate) {
    Op op = graph.producer(gate);
    return op != null && (op.is("Reshape") || op.is("Unsqueeze") || op.is("Expand"));
  }

  private boolean isGate(int gate, int gated) {
    int root = flows.root(gated);
    Deque<Integer> open = new ArrayDeque<>();
    Set<Integer> seen = new HashSet<>();
    Set<Op> pools = new HashSet<>();
    boolean layers = false;
    open.add(gate);
    int operands = 0;
    while (!open.isEmpty() && seen.size() < MAX_OPERATORS) {
      int value = open.remove();
      Op op = graph.producer(value);
      if (op == null || !traces.isData(value) || flows.root(value) == root || !seen.add(op.id())) {
        continue;
      }
      if (isGlobalPool(op)) {
        if (flows.root(op.input(0)) == root) {
          pools.add(op);
        }
        continue;
      }
      layers |= op.operator().map(o -> o.use() == OperatorUse.LAYER).orElse(false);
      for (int i = 0; i < op.inputs().length && operands < MAX_OPERANDS; i++, operands++) {
        if (traces.isData(op.input(i))) {
          open.add(op.input(i));
        }
      }
    }
    boolean found = layers && !pools.isEmpty();
    if (found) {
      pools.forEach(pool -> squeezes.set(pool.id()));
    }
    return found;
  }

  private static boolean isGlobalPool(Op op) {
    return op.is("GlobalAveragePool")
        || op.is("GlobalMaxPool")
        || op.is("ReduceMean")
        || op.is("AveragePool");
  }
}
