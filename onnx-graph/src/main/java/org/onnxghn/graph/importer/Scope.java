package org.onnxghn.graph.importer;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onnxghn.onnx.proto.NodeProto;

/**
 * The names visible in one graph or function body, and the values that they stand for. Nodes need
 * not be in order: a name may be read before the scope knows what it stands for.
 */
final class Scope {
  private final Scope parent;
  private final Values values;
  private final Map<String, Integer> names = new HashMap<>();
  private final Set<String> absent = new HashSet<>();

  /** What the nodes of a subgraph define, now or later. */
  private final Set<String> own;

  /**
   * The outermost scope of the main graph or a function.
   *
   * @param values of the whole model; new ones are added
   */
  Scope(Values values) {
    this(null, values, Set.of());
  }

  private Scope(Scope parent, Values values, Set<String> own) {
    this.parent = parent;
    this.values = values;
    this.own = own;
  }

  /** The scope of a subgraph in this one. */
  Scope inside(List<NodeProto> nodes) {
    Set<String> outputs = new HashSet<>();
    nodes.forEach(node -> outputs.addAll(node.getOutputList()));
    return new Scope(this, values, outputs);
  }

  /**
   * The value of this name in this very scope; one that was read before it is defined is the same
   * value.
   */
  Value define(String name) {
    Integer known = names.get(name);
    if (known != null) {
      return values.get(known);
    }
    Value value = values.add(name);
    names.put(name, value.id);
    return value;
  }

  /**
   * Gives an existing value one more name: what a body computes is what its caller reads, and what
   * a caller passes is what a body reads. Who has read the name already gets the value, too.
   */
  void alias(String name, int value) {
    if (name.isEmpty()) {
      return;
    }
    Integer read = names.remove(name);
    if (read != null) {
      values.forward(read, value);
    }
    if (value < 0) {
      leaveOut(name);
    } else {
      names.put(name, value);
    }
  }

  /** Notes an input of a function that its caller leaves out. */
  void leaveOut(String name) {
    absent.add(name);
  }

  /**
   * The value that a name stands for here, -1 for an input that is left out. A name that is not
   * known yet is one of the scope whose nodes define it.
   */
  int use(String name) {
    Scope at = this;
    while (true) {
      Integer id = at.names.get(name);
      if (id != null) {
        return id;
      }
      if (at.absent.contains(name)) {
        return -1;
      }
      if (at.parent == null || at.own.contains(name)) {
        return at.define(name).id;
      }
      at = at.parent;
    }
  }
}
