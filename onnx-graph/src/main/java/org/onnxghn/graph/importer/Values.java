package org.onnxghn.graph.importer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** All values of a model, and which of them turned out to be others. */
final class Values {
  private final List<Value> all = new ArrayList<>();
  private final Map<Integer, Integer> targets = new HashMap<>();

  Value add(String name) {
    Value value = new Value(all.size(), name);
    all.add(value);
    return value;
  }

  Value get(int id) {
    return all.get(id);
  }

  /** The list itself, by id. */
  List<Value> all() {
    return all;
  }

  /**
   * Notes that a value which was read before anything computed it is another one; -1 for an input
   * that is left out.
   */
  void forward(int value, int to) {
    // To the end of the chain, which leads nowhere: so no circle can come about.
    int end = resolve(to);
    if (end != value) {
      targets.put(value, end);
    }
  }

  /** In place: the values that these turned out to be. */
  void resolve(int[] ids) {
    for (int i = 0; !targets.isEmpty() && i < ids.length; i++) {
      ids[i] = resolve(ids[i]);
    }
  }

  private int resolve(int value) {
    int end = value;
    for (Integer next = targets.get(end); next != null; next = targets.get(end)) {
      end = next;
    }
    // Shorter for the next one: calls listed in reverse make a chain as long as the model.
    int at = value;
    while (at != end) {
      at = targets.put(at, end);
    }
    return end;
  }
}
