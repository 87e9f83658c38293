package org.onnxghn.converter.check;

import org.onnxghn.graph.Finding;

/**
 * A finding, and the model that it is about.
 *
 * @param model path of the model, as in {@link ModelCheck#path}
 * @param opset version of {@code domain} that the model imports; null where there is none
 * @param fingerprint the same in every run, see {@link Baseline}
 * @param known whether the baseline has it
 */
public record ModelFinding(
    String model,
    String code,
    Finding.Severity severity,
    String message,
    String node,
    String opType,
    String domain,
    Long opset,
    String tensor,
    long elements,
    String fix,
    String fingerprint,
    boolean known) {

  static ModelFinding of(
      String model, Finding finding, Long opset, String fingerprint, boolean known) {
    return new ModelFinding(
        model,
        finding.code(),
        finding.severity(),
        finding.message(),
        finding.node(),
        finding.opType(),
        finding.domain(),
        opset,
        finding.tensor(),
        finding.elements(),
        finding.fix(),
        fingerprint,
        known);
  }

  /** The operator as {@code domain::opType}; empty for a finding about the whole model. */
  public String operator() {
    return opType == null ? "" : (domain == null ? "ai.onnx" : domain) + "::" + opType;
  }
}
