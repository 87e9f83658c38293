package org.onnxghn.trainer.exec;

import java.util.HashMap;
import java.util.Map;

/** The names of a graph, and of those that it stands in. */
final class Scope {
  private final Scope outer;
  private final Map<String, Value> values = new HashMap<>();

  Scope(Scope outer) {
    this.outer = outer;
  }

  void define(String name, Value value) {
    values.put(name, value);
  }

  /** Whether the name is that of an input that is given. */
  boolean has(String name) {
    return !name.isEmpty() && !(find(name) instanceof Value.Absent);
  }

  /** The value, or null when the name is not defined. */
  Value find(String name) {
    for (Scope scope = this; scope != null; scope = scope.outer) {
      Value value = scope.values.get(name);
      if (value != null) {
        return value;
      }
    }
    return null;
  }
}
