package org.onnxghn.trainer.exec;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.NodeProto;

/**
 * The nodes of a graph in an order in which each comes after those whose outputs it uses, as they
 * stand where that is one already. The model was checked, so there are no cycles.
 */
final class NodeOrder {
  private NodeOrder() {}

  static List<NodeProto> of(List<NodeProto> nodes) {
    Map<String, Integer> producers = new HashMap<>();
    for (int i = 0; i < nodes.size(); i++) {
      for (String output : nodes.get(i).getOutputList()) {
        if (!output.isEmpty()) {
          producers.put(output, i);
        }
      }
    }
    int[] waiting = new int[nodes.size()];
    List<List<Integer>> users = new ArrayList<>();
    nodes.forEach(node -> users.add(new ArrayList<>()));
    boolean sorted = true;
    for (int i = 0; i < nodes.size(); i++) {
      for (int producer : producersOf(nodes.get(i), producers)) {
        sorted &= producer < i;
        users.get(producer).add(i);
        waiting[i]++;
      }
    }
    return sorted ? nodes : sort(nodes, users, waiting);
  }

  private static List<NodeProto> sort(
      List<NodeProto> nodes, List<List<Integer>> users, int[] waiting) {
    Deque<Integer> ready = new ArrayDeque<>();
    for (int i = 0; i < waiting.length; i++) {
      if (waiting[i] == 0) {
        ready.add(i);
      }
    }
    List<NodeProto> result = new ArrayList<>(nodes.size());
    while (!ready.isEmpty()) {
      int node = ready.poll();
      result.add(nodes.get(node));
      for (int user : users.get(node)) {
        if (--waiting[user] == 0) {
          ready.add(user);
        }
      }
    }
    return result;
  }

  /** Also of values that only the node's subgraphs use. */
  private static Set<Integer> producersOf(NodeProto node, Map<String, Integer> producers) {
    Set<Integer> result = new HashSet<>();
    Deque<NodeProto> left = new ArrayDeque<>(List.of(node));
    while (!left.isEmpty()) {
      NodeProto next = left.pop();
      next.getInputList().forEach(name -> add(name, producers, result));
      for (AttributeProto attribute : next.getAttributeList()) {
        if (attribute.hasG()) {
          enter(attribute.getG(), producers, result, left);
        }
        attribute.getGraphsList().forEach(graph -> enter(graph, producers, result, left));
      }
    }
    return result;
  }

  private static void enter(
      GraphProto graph,
      Map<String, Integer> producers,
      Set<Integer> result,
      Deque<NodeProto> left) {
    graph.getOutputList().forEach(output -> add(output.getName(), producers, result));
    graph.getNodeList().forEach(left::push);
  }

  private static void add(String name, Map<String, Integer> producers, Set<Integer> result) {
    Integer producer = producers.get(name);
    if (producer != null) {
      result.add(producer);
    }
  }
}
