package org.onnxghn.converter;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.Finding.Severity;
import org.onnxghn.graph.GraphNode;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.Primitive;
import org.onnxghn.graph.Role;

/**
 * Guesses that BatchNorm layers were folded into convolutions: there is no normalisation at all,
 * every convolution has a bias, and either PyTorch's exporter named a weight that it computed, or
 * there are residual sums, which hardly anyone trains without normalisation.
 */
final class FoldedBatchNorm {
  private static final int FEWEST_CONVOLUTIONS = 4;

  /** What torch.onnx.export calls weights that it folded. */
  private static final Pattern COMPUTED =
      Pattern.compile("onnx::Conv_\\d+|.*fused_bn.*|.*_bn_fold.*");

  private FoldedBatchNorm() {}

  /** A warning when it looks so. */
  static Optional<Finding> look(ImportedGraph imported) {
    List<Parameter> parameters = imported.parameters();
    long norms = count(parameters, Role.NORM_WEIGHT, null);
    long weights = count(parameters, Role.WEIGHT, "Conv");
    long biases = count(parameters, Role.BIAS, "Conv");
    boolean computed = parameters.stream().anyMatch(p -> COMPUTED.matcher(p.name()).matches());
    boolean residual =
        imported.graph().nodes().stream().map(GraphNode::primitive).anyMatch(Primitive.SUM::equals);
    if (norms > 0 || weights < FEWEST_CONVOLUTIONS || biases < weights || !(computed || residual)) {
      return Optional.empty();
    }
    return Optional.of(
        Findings.general(
            Codes.FOLDED_BATCH_NORM,
            Severity.WARNING,
            "all "
                + weights
                + " convolutions have a bias and nothing is normalised: BatchNorm looks folded,"
                + " and predicted weights will not train well without it",
            "Export the model unfolded: torch.onnx.export(model, …,"
                + " training=torch.onnx.TrainingMode.TRAINING, do_constant_folding=False)."));
  }

  private static long count(List<Parameter> parameters, Role role, String opType) {
    return parameters.stream()
        .filter(p -> p.role() == role)
        .filter(p -> opType == null || p.consumer() != null && p.consumer().opType().equals(opType))
        .count();
  }
}
