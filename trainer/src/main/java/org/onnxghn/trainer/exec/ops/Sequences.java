package org.onnxghn.trainer.exec.ops;

import java.util.ArrayList;
import java.util.List;
import org.onnxghn.trainer.exec.NodeCode;

/** Sequences of tensors. */
final class Sequences {
  private Sequences() {}

  static void register(Operators.Registry registry) {
    registry.add("SequenceConstruct", Sequences::construct);
    registry.add("SequenceEmpty", n -> n.outSequence("annotate(List[Tensor], [])"));
    registry.add("SequenceAt", n -> n.out("%s[%s]", n.sequence(0), n.integer(1)));
    registry.add("SequenceLength", n -> n.outInts("[torch.len(" + n.sequence(0) + ")]", true));
    registry.add(
        "SequenceInsert",
        n ->
            n.outSequence(
                n.call(
                    "sequence_insert", n.sequence(0), n.in(1), n.has(2) ? n.integer(2) : "None")));
    registry.add(
        "SequenceErase",
        n ->
            n.outSequence(n.call("sequence_erase", n.sequence(0), n.has(1) ? n.integer(1) : "-1")));
    registry.add("ConcatFromSequence", Sequences::concat);
    registry.add(
        "SplitToSequence",
        n ->
            n.outSequence(
                n.call(
                    "split_to_sequence",
                    n.in(0),
                    n.optional(1),
                    n.attribute("axis", 0),
                    n.attribute("keepdims", 1) != 0)));
  }

  private static void construct(NodeCode node) {
    List<String> items = new ArrayList<>();
    for (int i = 0; i < node.inputs(); i++) {
      items.add(node.in(i));
    }
    node.outSequence("[" + String.join(", ", items) + "]");
  }

  private static void concat(NodeCode node) {
    String axis = Long.toString(node.attribute("axis", 0));
    boolean stack = node.attribute("new_axis", 0) != 0;
    node.out("torch.%s(%s, %s)", stack ? "stack" : "cat", node.sequence(0), axis);
  }
}
