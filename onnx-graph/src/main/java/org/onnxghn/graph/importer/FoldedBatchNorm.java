package org.onnxghn.graph.importer;

import java.util.List;
import java.util.regex.Pattern;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.Primitive;
import org.onnxghn.graph.Role;

/** Tells whether an exporter seems to have folded BatchNorm into the convolutions before it. */
final class FoldedBatchNorm {
  /**
   * PyTorch's exporter gives the weights that it made by folding such names; others keep the
   * module's.
   */
  private static final Pattern MADE_BY_EXPORTER = Pattern.compile("(onnx::Conv_)?\\d+");

  /** Residual networks train without normalisation only when it is folded away. */
  private static final int MANY = 4;

  private FoldedBatchNorm() {}

  static List<Finding> find(Contract.Contracted graph, List<Parameter> parameters) {
    boolean normalised = parameters.stream().anyMatch(p -> p.role() == Role.NORM_WEIGHT);
    long made =
        parameters.stream()
            .filter(p -> p.consumer().opType().equals("Conv") && p.role() == Role.BIAS)
            .filter(p -> MADE_BY_EXPORTER.matcher(p.name()).matches())
            .count();
    if (made == 0 && (normalised || sumsOfConvolutions(graph) < MANY)) {
      return List.of();
    }
    return List.of(
        new Finding(
            ImportCodes.FOLDED_BATCH_NORM,
            Finding.Severity.WARNING,
            "BatchNorm looks folded into the convolutions: they have biases and no normalisation follows",
            null,
            "Conv",
            "ai.onnx",
            null,
            0,
            "Predicted parameters expect the BatchNorm layers. Export unfolded: torch.onnx.export(model, …,"
                + " training=torch.onnx.TrainingMode.TRAINING, do_constant_folding=False)."));
  }

  private static long sumsOfConvolutions(Contract.Contracted graph) {
    long count = 0;
    for (int node = 1; node < graph.nodes().size(); node++) {
      boolean residual = false;
      for (int before : graph.predecessors().get(node)) {
        residual |= before > 0 && graph.nodes().get(before).primitive == Primitive.BIAS;
      }
      count += residual && graph.nodes().get(node).primitive == Primitive.SUM ? 1 : 0;
    }
    return count;
  }
}
