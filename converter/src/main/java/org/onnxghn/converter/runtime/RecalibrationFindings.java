package org.onnxghn.converter.runtime;

import java.util.List;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.Finding.Severity;
import org.onnxghn.onnx.proto.NodeProto;

/** What the user should know about a recalibration. Codes OG-490 to OG-495. */
final class RecalibrationFindings {
  private RecalibrationFindings() {}

  static Finding noLayers() {
    return general(
        "OG-490",
        Severity.NOTE,
        "the model has no BatchNormalization with stored statistics: nothing to recalibrate",
        "Nothing needs to be done, unless the export has folded BatchNorm into convolutions.");
  }

  static Finding notStored(NodeProto node) {
    return new Finding(
        "OG-491",
        Severity.WARNING,
        "the running statistics of this BatchNormalization are computed, or one for each pixel;"
            + " they stay as they are",
        node.getName(),
        node.getOpType(),
        "ai.onnx",
        node.getInputCount() > 3 ? node.getInput(3) : null,
        0,
        "Export the model with statistics as initializers.");
  }

  static Finding inSubgraphs(int count) {
    return general(
        "OG-492",
        Severity.WARNING,
        count + " BatchNormalization nodes in subgraphs or functions keep their statistics",
        "Export the model without control flow and local functions.");
  }

  static Finding shared(List<String> names) {
    return general(
        "OG-493",
        Severity.WARNING,
        "%d running statistics (such as %s) are shared by different layers, as exporters merge equal"
                .formatted(names.size(), names.get(0))
            + " tensors: they get the average over these layers, which fits none",
        "Export the model again without merging equal initializers, such as in training mode.");
  }

  static Finding fixedBatch(int batch) {
    return general(
        "OG-494",
        batch < 8 ? Severity.WARNING : Severity.NOTE,
        "the model only runs with batches of "
            + batch
            + " images: statistics are averages over such batches"
            + (batch < 8 ? ", too few to tell how images differ" : ""),
        "Export the model with a free batch dimension.");
  }

  static Finding kept(int count) {
    return general(
        "OG-495",
        Severity.NOTE,
        count + " BatchNormalization layers keep their statistics, as --keep or --only says",
        "They normalise by these while the others are estimated.");
  }

  private static Finding general(String code, Severity severity, String message, String fix) {
    return new Finding(code, severity, message, null, null, null, null, 0, fix);
  }
}
