package org.onnxghn.trainer.eval;

import java.util.List;
import java.util.Map;
import org.onnxghn.converter.report.CheckpointReport;

/**
 * What {@code evaluate zero-shot} prints (shared/JSON.md, evaluate).
 *
 * @param summary by split
 */
public record ZeroShotReport(
    CheckpointReport checkpoint,
    Data data,
    long seed,
    String protocol,
    List<Network> networks,
    Map<String, ZeroShot.Summary> summary) {
  /**
   * The images.
   *
   * @param sha256 of pixels and labels as the networks see them
   */
  public record Data(String name, String split, int images, String sha256) {}

  /** One network. */
  public record Network(
      String name, String split, long parameters, Scores zeroShot, double seconds) {}

  /** Shares of images. */
  public record Scores(double top1, double top5) {}

  /** Of these results. */
  public static ZeroShotReport of(
      CheckpointReport checkpoint,
      Data data,
      long seed,
      String split,
      List<ZeroShot.Result> results) {
    return new ZeroShotReport(
        checkpoint,
        data,
        seed,
        "zero-shot",
        results.stream()
            .map(
                result ->
                    new Network(
                        result.name(),
                        split,
                        result.parameters(),
                        new Scores(result.top1(), result.top5()),
                        result.seconds()))
            .toList(),
        Map.of(split, ZeroShot.Summary.of(results)));
  }
}
