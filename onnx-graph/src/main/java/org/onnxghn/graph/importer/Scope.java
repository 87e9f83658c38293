package org.onnxghn.graph.importer;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The names visible in one graph or function body. */
final class Scope {
  final Scope parent;
  final Map<String, Integer> names = new HashMap<>();
  final Set<String> absent = new HashSet<>();

  Scope(Scope parent) {
    this.parent = parent;
  }
}
