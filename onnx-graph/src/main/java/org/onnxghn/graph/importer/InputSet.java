package org.onnxghn.graph.importer;

import java.util.List;

/**
 * Some inputs of an operator, by index. Written {@code 0 1} for those two, {@code *} for all, and
 * {@code 2*} for input 2 and every one after it (variadic operators).
 *
 * @param listed single indices, ascending
 * @param from every index from here on belongs to the set too; {@link #NONE} when there are none
 */
public record InputSet(List<Integer> listed, int from) {
  /** No open end. */
  public static final int NONE = Integer.MAX_VALUE;

  /** Copies the list. */
  public InputSet {
    listed = List.copyOf(listed);
  }

  /** True if the input at this index, from 0, belongs to the set. */
  public boolean contains(int input) {
    return input >= from || listed.contains(input);
  }

  /** True if no input belongs to the set. */
  public boolean isEmpty() {
    return listed.isEmpty() && from == NONE;
  }

  /** As written in the table. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int input : listed) {
      text.append(text.isEmpty() ? "" : " ").append(input);
    }
    if (from != NONE) {
      text.append(text.isEmpty() ? "" : " ").append(from == 0 ? "*" : from + "*");
    }
    return text.toString();
  }
}
