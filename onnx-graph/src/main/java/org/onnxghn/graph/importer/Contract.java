package org.onnxghn.graph.importer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntPredicate;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.GraphConvention;
import org.onnxghn.graph.Primitive;
import org.onnxghn.onnx.OnnxException;

/**
 * Fourth phase: drops what is not a primitive and connects its neighbours. One pass over the
 * operators, which keeps for every value the set of nodes that its data comes from; sets are shared
 * between values, so a chain of a million operators costs nothing.
 */
final class Contract {

  /** Elements of sets that may be merged in all; only graphs built to be dense come near. */
  private static final long MAX_WORK = 1_000_000_000L;

  private static final int[] NONE = new int[0];

  private final Context context;
  private final boolean reference;
  private final List<NodeSpec> nodes = new ArrayList<>();
  private final List<int[]> predecessors = new ArrayList<>();
  private final BitSet beside = new BitSet();
  private final int[][] sources;
  private long work;

  private Contract(Context context) {
    this.context = context;
    this.reference = context.convention == GraphConvention.REFERENCE;
    this.sources = new int[context.graph.values.size()][];
  }

  /** Nodes with their predecessors; node 0 is the input. */
  record Contracted(List<NodeSpec> nodes, List<int[]> predecessors) {}

  static Contracted contract(Context context) {
    return new Contract(context).run();
  }

  private Contracted run() {
    nodes.add(null);
    predecessors.add(NONE);
    Arrays.fill(sources, NONE);
    if (!reference) {
      for (Value value : context.graph.values) {
        if (value.graphInput && context.traces.of(value.id) == null) {
          sources[value.id] = new int[] {0};
        }
      }
    }
    for (Op op : context.graph.ops) {
      Layer layer = context.layers[op.id()];
      if (layer != null) {
        int[] out = pass(op, layer);
        for (int output : op.outputs()) {
          if (output >= 0) {
            sources[output] = out;
          }
        }
      }
    }
    connectInput();
    return new Contracted(nodes, predecessors);
  }

  private int[] pass(Op op, Layer layer) {
    if (layer.flow() == Layer.Flow.ATTENTION_VALUES) {
      return attentionValues(layer);
    }
    boolean residual = layer.flow() == Layer.Flow.RESIDUAL;
    int[] inputs = layer.dataInputs();
    int[] current = NONE;
    for (int i = 0; i < (residual ? 1 : inputs.length); i++) {
      current = inputs[i] < 0 ? current : union(current, sources[inputs[i]]);
    }
    for (NodeSpec spec : layer.chain()) {
      if (residual && spec.primitive == Primitive.SUM) {
        current = union(current, sources[inputs[1]]);
      }
      if (layer.flow() == Layer.Flow.BESIDE) {
        int node = add(spec, NONE);
        beside.set(node);
        current = union(current, new int[] {node});
      } else if (spec.isBesideTheData()) {
        current = union(current, new int[] {add(spec, NONE)});
      } else if (spec.onlyWhereFlowsMeet()
          ? current.length >= 2
          : spec.parameter || current.length > 0) {
        // Without predecessors an operator sees only the raw input, which the reference does not
        // draw.
        current =
            new int[] {add(spec, spec.primitive == Primitive.MSA ? softmax(op, current) : current)};
      }
    }
    return current;
  }

  /**
   * The reference's repair of dangling weights (GHN3.md 2.3): of the bias-free projections that end
   * in a softmax the first, that of the queries, is put in front of it, behind all else that led
   * there.
   */
  private int[] softmax(Op op, int[] current) {
    int first = -1;
    Op product =
        context.attention.logits(op) == null ? null : context.attention.logits(op).product();
    for (int input : product == null ? NONE : product.inputs()) {
      for (int node : input < 0 ? NONE : sources[input]) {
        first =
            first < 0 && beside.get(node) && Arrays.binarySearch(current, node) >= 0 ? node : first;
      }
    }
    if (first < 0) {
      return current;
    }
    int chosen = first;
    beside.clear(chosen);
    BitSet below = reached(chosen, successors());
    predecessors.set(chosen, where(current, node -> !below.get(node)));
    return where(current, node -> below.get(node));
  }

  /**
   * The path of the values around the softmax is dropped; what comes by no other way enters the
   * softmax (GHN3.md 2.2), unless the softmax leads to it: values may be made of the weights
   * themselves.
   */
  private int[] attentionValues(Layer layer) {
    int[] weights = sources[Math.max(0, layer.dataInputs()[0])];
    int[] values = sources[Math.max(0, layer.dataInputs()[1])];
    if (weights.length != 1
        || nodes.get(weights[0]) == null
        || nodes.get(weights[0]).primitive != Primitive.MSA) {
      return union(weights, values);
    }
    int msa = weights[0];
    BitSet above = reached(msa, predecessors);
    int[] entering = where(values, node -> !above.get(node));
    if (entering.length == 0) {
      return weights;
    }
    BitSet below = reached(msa, successors());
    predecessors.set(msa, union(predecessors.get(msa), where(entering, node -> !below.get(node))));
    return union(weights, where(entering, node -> below.get(node)));
  }

  private static int[] where(int[] nodes, IntPredicate condition) {
    return Arrays.stream(nodes).filter(condition).toArray();
  }

  /** Edges as they are now: values that entered a softmax made nodes lead to earlier ones. */
  private List<int[]> successors() {
    predecessors.forEach(before -> spend(before.length + 1L));
    return Arrays.asList(Finish.successors(predecessors, nodes.size()));
  }

  /** The node and all that the edges lead to from it. */
  private BitSet reached(int node, List<int[]> edges) {
    BitSet seen = new BitSet();
    int[] stack = new int[nodes.size()];
    int size = 0;
    stack[size++] = node;
    seen.set(node);
    while (size > 0) {
      for (int next : edges.get(stack[--size])) {
        spend(1);
        if (!seen.get(next)) {
          seen.set(next);
          stack[size++] = next;
        }
      }
    }
    return seen;
  }

  private int add(NodeSpec spec, int[] before) {
    if (nodes.size() >= ComputationalGraph.MAX_NODES) {
      throw new OnnxException(
          ImportCodes.TOO_MANY_NODES,
          "the computational graph has more than " + ComputationalGraph.MAX_NODES + " nodes",
          "Split the model; the hypernetwork attends to all pairs of nodes and was trained on graphs of a few hundred.");
    }
    nodes.add(spec);
    predecessors.add(before);
    return nodes.size() - 1;
  }

  /**
   * The input leads to every weight that nothing else leads to; a position encoding stays without
   * (GHN3.md 2.2).
   */
  private void connectInput() {
    for (int node = 1; node < nodes.size(); node++) {
      NodeSpec spec = nodes.get(node);
      if (predecessors.get(node).length == 0 && spec.parameter && !spec.isBesideTheData()) {
        predecessors.set(node, new int[] {0});
      }
    }
  }

  private int[] union(int[] a, int[] b) {
    if (a == b || b.length == 0) {
      return a;
    }
    if (a.length == 0) {
      return b;
    }
    spend((long) a.length + b.length);
    int[] merged = new int[a.length + b.length];
    int size = 0;
    for (int i = 0, j = 0; i < a.length || j < b.length; ) {
      if (j == b.length || i < a.length && a[i] < b[j]) {
        merged[size++] = a[i++];
      } else {
        i += i < a.length && a[i] == b[j] ? 1 : 0;
        merged[size++] = b[j++];
      }
    }
    return size == a.length ? a : size == b.length ? b : Arrays.copyOf(merged, size);
  }

  private void spend(long elements) {
    work += elements;
    if (work > MAX_WORK) {
      throw new OnnxException(
          ImportCodes.TOO_MANY_NODES,
          "the model connects too many layers with each other to be drawn as a graph",
          "Split the model; networks that train do not look like this.");
    }
  }
}
