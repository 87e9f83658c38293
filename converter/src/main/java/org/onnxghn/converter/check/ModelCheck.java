package org.onnxghn.converter.check;

import java.util.List;
import org.onnxghn.converter.report.Coverage;

/**
 * What the check of one model found.
 *
 * @param path as the user named it, or its folder or pattern, with slashes
 * @param verdict how much is predicted
 * @param coverage by elements; null when the model is refused
 * @param findings in the importer's order
 * @param advice what published results say about networks like this one
 * @param seconds of wall clock
 */
public record ModelCheck(
    String path,
    Verdict verdict,
    Coverage coverage,
    List<ModelFinding> findings,
    List<Advice> advice,
    double seconds) {
  /** Copies the lists. */
  public ModelCheck {
    findings = List.copyOf(findings);
    advice = List.copyOf(advice);
  }
}
