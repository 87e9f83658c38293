package org.onnxghn.graph.importer;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The names visible in one graph or function body, and the values that they stand for. */
final class Scope {
  private final Scope parent;
  private final List<Value> values;
  private final Map<String, Integer> names = new HashMap<>();
  private final Set<String> absent = new HashSet<>();

  /**
   * @param parent the scope around this one, or null
   * @param values of the whole model; new ones are added
   */
  Scope(Scope parent, List<Value> values) {
    this.parent = parent;
    this.values = values;
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
    Value value = new Value(values.size(), name);
    values.add(value);
    names.put(name, value.id);
    return value;
  }

  /**
   * Gives an existing value one more name: what a body computes is what its caller reads, and what
   * a caller passes is what a body reads.
   */
  void alias(String name, int value) {
    if (value < 0) {
      leaveOut(name);
    } else if (!name.isEmpty()) {
      names.put(name, value);
    }
  }

  /** Notes an input of a function that its caller leaves out. */
  void leaveOut(String name) {
    absent.add(name);
  }

  /** The value that a name stands for here, -1 for an input that is left out. */
  int use(String name) {
    for (Scope at = this; at != null; at = at.parent) {
      Integer id = at.names.get(name);
      if (id != null) {
        return id;
      }
      if (at.absent.contains(name)) {
        return -1;
      }
    }
    return define(name).id;
  }
}
