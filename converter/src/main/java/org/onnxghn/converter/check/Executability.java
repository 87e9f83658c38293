package org.onnxghn.converter.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.onnxghn.converter.inspect.OperatorInventory;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.Finding.Severity;
import org.onnxghn.graph.importer.Operator;
import org.onnxghn.onnx.OnnxModel;

/** Finds the nodes that the trainer's executor does not run, as the operator table says. */
final class Executability {
  private Executability() {}

  static List<Finding> findings(OnnxModel model) {
    List<Finding> findings = new ArrayList<>();
    OperatorInventory.forEach(
        model.proto(),
        use -> {
          Optional<Operator> operator = use.operator();
          if (!use.isFunction() && !operator.map(Operator::executable).orElse(false)) {
            findings.add(finding(use, operator));
          }
        });
    return findings;
  }

  private static Finding finding(OperatorInventory.Use use, Optional<Operator> operator) {
    String note = operator.map(Operator::note).orElse("it is not in the operator table");
    return new Finding(
        CheckCodes.NOT_EXECUTABLE,
        Severity.ERROR,
        "the trainer does not run operator "
            + use.domain()
            + "::"
            + use.node().getOpType()
            + (note.isEmpty() ? "" : ": " + note),
        use.node().getName(),
        use.node().getOpType(),
        use.domain(),
        null,
        0,
        "Export the model without this operator, fine-tune it in another framework, or write an"
            + " issue.");
  }
}
