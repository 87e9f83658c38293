package org.onnxghn.onnx;

import static org.onnxghn.onnx.OnnxCodes.quote;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.onnxghn.onnx.proto.NodeProto;

/**
 * How deep functions and subgraphs lie in each other once calls are inlined. ONNX Runtime and
 * PyTorch walk them by recursion, and end the process where their stack does.
 */
final class Nesting {
  private final List<Body> bodies;

  /** By body, as far as known; 1 for one that lies in no other. */
  private final int[] depth;

  /** By body: the one that it lies in, where it lies deepest. */
  private final int[] outer;

  private Nesting(List<Body> bodies) {
    this.bodies = bodies;
    this.depth = new int[bodies.size()];
    this.outer = new int[bodies.size()];
    Arrays.fill(depth, 1);
  }

  /**
   * @throws OnnxException OG-103 when they lie deeper than the limit, OG-110 when a function calls
   *     itself
   */
  static void check(List<Body> bodies, ModelLimits limits) {
    new Nesting(bodies).run(limits);
  }

  private void run(ModelLimits limits) {
    Map<FunctionKey, Integer> functions = new HashMap<>();
    for (Body body : bodies) {
      if (body.function() != null) {
        functions.put(FunctionKey.of(body.function()), body.index());
      }
    }
    if (functions.isEmpty()) {
      return;
    }
    IntStream.Builder insides = IntStream.builder();
    IntStream.Builder outsides = IntStream.builder();
    for (Body body : bodies) {
      if (body.parent() != null) {
        insides.add(body.index());
        outsides.add(body.parent().index());
      }
      for (NodeProto node : body.nodes()) {
        Integer called = functions.get(FunctionKey.of(node));
        if (called != null) {
          insides.add(called);
          outsides.add(body.index());
        }
      }
    }
    deepen(insides.build().toArray(), outsides.build().toArray(), limits.depth());
  }

  /** In as many rounds as there are levels. */
  private void deepen(int[] insides, int[] outsides, int limit) {
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int i = 0; i < insides.length; i++) {
        int inside = insides[i];
        if (depth[inside] <= depth[outsides[i]]) {
          depth[inside] = depth[outsides[i]] + 1;
          outer[inside] = outsides[i];
          changed = true;
          if (depth[inside] > limit) {
            throw tooDeep(inside, limit);
          }
        }
      }
    }
  }

  private OnnxException tooDeep(int body, int limit) {
    Set<Integer> seen = new HashSet<>();
    int at = body;
    for (int i = 0; i < limit; i++) {
      if (!seen.add(at) && bodies.get(at).function() != null) {
        return new OnnxException(
            OnnxCodes.CYCLE,
            "function " + quote(bodies.get(at).function().getName()) + " calls itself",
            "ONNX forbids recursive functions; export the model again.");
      }
      at = outer[at];
    }
    return new OnnxException(
        OnnxCodes.OVER_LIMIT,
        "the model has functions and subgraphs nested deeper than " + limit + " levels",
        "Export the model without nested functions.");
  }
}
