package org.onnxghn.converter;

import java.util.ArrayList;
import java.util.List;
import org.onnxghn.graph.Finding;

/** Which tensors may change: {@code --keep} and {@code --only}. */
record Selection(Globs keep, Globs only) {
  /** Why the tensor stays as it is, or null when it may change. */
  String reasonToKeep(String name) {
    if (keep.match(name)) {
      return "--keep";
    }
    return only.patterns().isEmpty() || only.match(name) ? null : "not in --only";
  }

  /** A warning for each pattern that matches none of the names: most likely a typing error. */
  List<Finding> unmatched(List<String> names) {
    List<Finding> findings = new ArrayList<>();
    keep.unmatched(names).forEach(pattern -> findings.add(unmatched("--keep", pattern)));
    only.unmatched(names).forEach(pattern -> findings.add(unmatched("--only", pattern)));
    return findings;
  }

  private static Finding unmatched(String option, String pattern) {
    return Findings.general(
        Codes.UNMATCHED_GLOB,
        Finding.Severity.WARNING,
        option + " " + pattern + " matches no parameter",
        "Compare with the names that `onnx-ghn convert --format json` lists; * matches anything.");
  }
}
