package org.onnxghn.trainer.eval;

import java.util.Arrays;
import org.onnxghn.ghn.Ghn;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.onnx.OnnxModel;

/**
 * How long the parameters of a network take (paper, Table 6).
 *
 * @param nodes of its graph
 * @param importSeconds from the ONNX model to the graph, once
 * @param predictSeconds from the graph to all tensors in memory, the median of the repetitions
 * @param seconds of all that was measured
 */
public record PredictionTime(
    int nodes, double importSeconds, double predictSeconds, double seconds) {
  /**
   * Measures.
   *
   * @param repetitions 1 or more; one more before them is not counted
   */
  public static PredictionTime of(Ghn ghn, OnnxModel model, int repetitions) {
    long start = System.nanoTime();
    ImportedGraph imported = GraphImporter.importGraph(model);
    double importSeconds = (System.nanoTime() - start) / 1e9;
    ghn.predict(imported.graph());
    double[] seconds = new double[repetitions];
    for (int i = 0; i < repetitions; i++) {
      long begin = System.nanoTime();
      ghn.predict(imported.graph());
      seconds[i] = (System.nanoTime() - begin) / 1e9;
    }
    Arrays.sort(seconds);
    double median = (seconds[(repetitions - 1) / 2] + seconds[repetitions / 2]) / 2;
    double all = (System.nanoTime() - start) / 1e9;
    return new PredictionTime(imported.graph().size(), importSeconds, median, all);
  }
}
