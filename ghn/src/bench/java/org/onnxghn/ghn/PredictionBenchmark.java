package org.onnxghn.ghn;

import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.onnxghn.SharedData;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.ModelProto;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Time and memory of one prediction, by random checkpoints of the published sizes, beside what the
 * reference took ({@code golden/reference_timings.md}).
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
public class PredictionBenchmark {
  /** Name of a preset of {@link GhnConfig}. */
  @Param("ghn3-t")
  public String preset;

  /** Name of a network of {@code shared/torchvision}. */
  @Param("resnet50")
  public String network;

  private Ghn ghn;
  private ComputationalGraph graph;

  /** Makes the hypernetwork and imports the network. */
  @Setup
  public void prepare() throws IOException {
    String file = "torchvision/" + network + ".opset13.onnx.gz";
    try (InputStream in = SharedData.open(file)) {
      graph = GraphImporter.importGraph(OnnxModel.of(ModelProto.parseFrom(in))).graph();
    }
    ghn = Ghn.of(Checkpoint.initialise(GhnConfig.preset(preset), 0));
  }

  /** Frees the hypernetwork. */
  @TearDown
  public void close() {
    ghn.close();
  }

  /** One network, from graph to arrays. */
  @Benchmark
  public PredictedParameters predict() {
    return ghn.predict(graph);
  }

  /**
   * @param args presets and networks, separated by commas
   */
  public static void main(String[] args) throws RunnerException {
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include(PredictionBenchmark.class.getName())
                    .param("preset", args[0].split(","))
                    .param("network", args[1].split(","))
                    .warmupIterations(2)
                    .measurementIterations(5)
                    .forks(1)
                    .jvmArgsAppend(
                        "-Xmx4g",
                        "-Dai.djl.offline=true",
                        "-DOPT_OUT_TRACKING=true",
                        "-Dai.djl.pytorch.num_threads=2",
                        "-Dai.djl.pytorch.num_interop_threads=1")
                    .addProfiler(ProcessProfiler.class)
                    .build())
            .run();
    Map<String, ReferenceTimings.Row> reference = ReferenceTimings.read();
    System.out.printf(
        "%n%-8s %-14s %8s %8s %8s   reference: %8s %8s %8s%n",
        "ghn", "network", "wall s", "cpu s", "RSS GB", "wall s", "cpu s", "RSS GB");
    for (RunResult result : results) {
      String preset = result.getParams().getParam("preset");
      String network = result.getParams().getParam("network");
      ReferenceTimings.Row row = reference.get(ReferenceTimings.key(preset, network));
      System.out.printf(
          "%-8s %-14s %8.2f %8.2f %8.2f              %8s %8s %8s%n",
          preset,
          network,
          result.getPrimaryResult().getScore(),
          result.getSecondaryResults().get(ProcessProfiler.CPU).getScore(),
          result.getSecondaryResults().get(ProcessProfiler.PEAK).getScore(),
          row == null ? "-" : row.wall(),
          row == null ? "-" : row.cpu(),
          row == null ? "-" : row.peak());
    }
  }
}
