package org.onnxghn.converter;

import org.onnxghn.graph.Finding;
import org.onnxghn.graph.Finding.Severity;
import org.onnxghn.graph.Parameter;

/** Makes the findings of this module, see {@link Codes}. */
final class Findings {
  private Findings() {}

  /** About the model as a whole. */
  static Finding general(String code, Severity severity, String message, String fix) {
    return new Finding(code, severity, message, null, null, null, null, 0, fix);
  }

  /** About a tensor and the operator that uses it. */
  static Finding of(
      String code, Severity severity, Parameter parameter, String message, String fix) {
    Parameter.Consumer consumer = parameter.consumer();
    return new Finding(
        code,
        severity,
        message,
        consumer == null ? null : consumer.node(),
        consumer == null ? null : consumer.opType(),
        consumer == null ? null : consumer.domain(),
        parameter.name(),
        parameter.shape().elements(),
        fix);
  }
}
