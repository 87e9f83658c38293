package org.onnxghn.trainer.finetune;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.NodeProto;

/** What some values of a graph are computed from. */
final class Ancestors {
  private final Set<String> values = new HashSet<>();
  private final BitSet nodes = new BitSet();

  private Ancestors() {}

  /**
   * Finds them.
   *
   * @param wanted names of the values
   * @param passes whether to go on from a node's outputs to its inputs
   */
  static Ancestors of(GraphProto graph, Collection<String> wanted, Predicate<NodeProto> passes) {
    Map<String, Integer> producers = new HashMap<>();
    for (int i = 0; i < graph.getNodeCount(); i++) {
      NodeProto node = graph.getNode(i);
      for (int output = 0; output < node.getOutputCount(); output++) {
        producers.put(node.getOutput(output), i);
      }
    }
    Ancestors found = new Ancestors();
    Deque<String> left = new ArrayDeque<>(wanted);
    while (!left.isEmpty()) {
      String name = left.pop();
      // An optional input that is left out has no name.
      if (name.isEmpty() || !found.values.add(name)) {
        continue;
      }
      Integer producer = producers.get(name);
      if (producer != null && !found.nodes.get(producer)) {
        found.nodes.set(producer);
        NodeProto node = graph.getNode(producer);
        if (passes.test(node)) {
          addInputs(node, left);
        }
      }
    }
    return found;
  }

  /** Also what only the node's subgraphs take from outside, which is no input of its own. */
  private static void addInputs(NodeProto node, Deque<String> names) {
    Deque<NodeProto> left = new ArrayDeque<>(List.of(node));
    while (!left.isEmpty()) {
      NodeProto next = left.pop();
      names.addAll(next.getInputList());
      for (AttributeProto attribute : next.getAttributeList()) {
        if (attribute.hasG()) {
          enter(attribute.getG(), names, left);
        }
        attribute.getGraphsList().forEach(graph -> enter(graph, names, left));
      }
    }
  }

  private static void enter(GraphProto graph, Deque<String> names, Deque<NodeProto> left) {
    graph.getOutputList().forEach(output -> names.add(output.getName()));
    left.addAll(graph.getNodeList());
  }

  /** Names of values and tensors, of the wanted ones as well. */
  Set<String> values() {
    return Collections.unmodifiableSet(values);
  }

  /** Indices of the nodes that compute the wanted values. */
  BitSet nodes() {
    return (BitSet) nodes.clone();
  }
}
