package org.onnxghn.converter.check.formats;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.onnxghn.converter.check.ModelFinding;
import org.onnxghn.graph.Finding.Severity;

/**
 * Findings of one operator with the same code, severity and remedy, in any model.
 *
 * @param operator {@code domain::opType}; empty for whole models
 */
record FindingGroup(
    String operator, String code, Severity severity, String fix, List<ModelFinding> findings) {

  /** Groups in the order of their first finding. */
  static List<FindingGroup> of(List<ModelFinding> findings) {
    Map<List<Object>, FindingGroup> groups = new LinkedHashMap<>();
    for (ModelFinding finding : findings) {
      String fix = finding.fix() == null ? "" : finding.fix();
      groups
          .computeIfAbsent(
              List.of(finding.operator(), finding.code(), finding.severity(), fix),
              key ->
                  new FindingGroup(
                      finding.operator(),
                      finding.code(),
                      finding.severity(),
                      fix,
                      new ArrayList<>()))
          .findings()
          .add(finding);
    }
    return List.copyOf(groups.values());
  }

  /** How many models it concerns. */
  long models() {
    return findings.stream().map(ModelFinding::model).distinct().count();
  }
}
