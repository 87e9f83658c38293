package org.onnxghn.converter.report;

import java.util.List;
import java.util.Map;
import org.onnxghn.converter.runtime.Verification;
import org.onnxghn.graph.Finding;

/**
 * What a conversion did; as JSON, the object that shared/JSON.md describes under {@code convert}.
 *
 * @param input the model that was read
 * @param output the files that were written, or null when there are none
 * @param checkpoint the hypernetwork, or null for a plain re-initialisation
 * @param graph the computational graph
 * @param parameters the trainable tensors
 * @param coverage by elements
 * @param recalibration of BatchNorm's statistics, or null
 * @param verification by ONNX Runtime, or null when it was not asked for
 * @param findings what the user should know
 * @param seconds time per step
 */
public record ConversionReport(
    Input input,
    Output output,
    CheckpointSummary checkpoint,
    GraphSummary graph,
    List<ParameterReport> parameters,
    Coverage coverage,
    Recalibration recalibration,
    Verification verification,
    List<Finding> findings,
    Seconds seconds) {
  /** Copies the lists. */
  public ConversionReport {
    parameters = List.copyOf(parameters);
    findings = List.copyOf(findings);
  }

  /** Whether no finding is of severity error. */
  public boolean succeeded() {
    return findings.stream().noneMatch(f -> f.severity() == Finding.Severity.ERROR);
  }

  /**
   * The model that was read.
   *
   * @param opsets version by domain, {@code ai.onnx} for the default one
   */
  public record Input(
      String path,
      String sha256,
      long bytes,
      long irVersion,
      Map<String, Long> opsets,
      String producer,
      int nodes,
      int parameterTensors,
      long parameterElements) {}

  /**
   * What was written.
   *
   * @param sha256 of the model file, without external data
   * @param externalData the other files, in order
   */
  public record Output(String path, String sha256, long bytes, List<String> externalData) {}

  /** The hypernetwork. */
  public record CheckpointSummary(
      String name,
      String sha256,
      String kind,
      int hidden,
      int layers,
      int heads,
      List<Integer> maxShape,
      int numClasses,
      long parameters) {}

  /**
   * The computational graph.
   *
   * @param primitives number of nodes by type
   */
  public record GraphSummary(int nodes, int edges, Map<String, Long> primitives) {}

  /**
   * BatchNorm statistics from images.
   *
   * @param applied whether it was done
   */
  public record Recalibration(boolean applied, int layers, long images) {}
}
