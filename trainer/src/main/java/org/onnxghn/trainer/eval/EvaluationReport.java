package org.onnxghn.trainer.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.onnxghn.converter.report.ConversionReport.CheckpointSummary;

/**
 * What {@code onnx-ghn evaluate} prints (shared/JSON.md, evaluate), of each protocol.
 *
 * @param data null where no images are looked at
 * @param protocol the subcommand
 * @param settings of the protocol
 * @param networks an object for each
 * @param summary by split, and of the protocol. By split it is of top-1, with zero-shot and with
 *     training; of the distance of each shape's weights (diversity); of the logarithm of each
 *     network's variance; of the seconds that each prediction takes (time)
 */
public record EvaluationReport(
    CheckpointSummary checkpoint,
    Data data,
    long seed,
    String protocol,
    Map<String, String> settings,
    List<JsonNode> networks,
    ObjectNode summary) {
  /**
   * The images.
   *
   * @param images number of those that results are of
   * @param sha256 of pixels and labels: of the zero-shot protocol as the networks see them, of the
   *     others as they are stored
   */
  public record Data(String name, String split, int images, String sha256) {}

  /** Shares of images. */
  public record Scores(double top1, double top5) {}

  /** A network of the zero-shot protocol. */
  public record ZeroShotNetwork(
      String name, String split, long parameters, Scores zeroShot, double seconds) {
    /** Of this result. */
    public static ZeroShotNetwork of(ZeroShot.Result result, String split) {
      return new ZeroShotNetwork(
          result.name(),
          split,
          result.parameters(),
          new Scores(result.top1(), result.top5()),
          result.seconds());
    }
  }
}
