package org.onnxghn.trainer.finetune;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.converter.report.Version;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.WriteOptions;
import org.onnxghn.trainer.run.MetricsLog;
import org.onnxghn.trainer.run.RunFolder;

/**
 * The models of a run: the input file with other values in the trained parameters and running
 * statistics, and with where they come from in its metadata.
 */
final class ResultFiles {
  /** The model of the epoch that was best on the validation images. */
  static final String BEST = "best.onnx";

  /** The model at the end of the training. */
  static final String LAST = "last.onnx";

  private final RunFolder folder;
  private final OnnxModel model;
  private final Map<String, String> origin = new LinkedHashMap<>();

  /**
   * @param input SHA-256 of the input file
   * @param model whose parameters are trained
   */
  ResultFiles(
      RunFolder folder, String input, OnnxModel model, Normalisation normalisation, long seed) {
    this.folder = folder;
    this.model = model;
    origin.put("onnx-ghn.version", Version.get());
    origin.put("onnx-ghn.finetune.input.sha256", input);
    origin.put("onnx-ghn.finetune.seed", Long.toString(seed));
    origin.putAll(normalisation.entries());
  }

  /** Writes {@link #BEST} or {@link #LAST}. */
  void write(String name, Map<String, float[]> values, Milestone milestone) {
    Map<String, String> entries = new LinkedHashMap<>(origin);
    entries.put("onnx-ghn.finetune.epoch", Integer.toString(milestone.epoch()));
    entries.put("onnx-ghn.finetune.step", Long.toString(milestone.step()));
    entries.put("onnx-ghn.finetune.top1", Double.toString(milestone.top1()));
    model
        .withParameters(values)
        .withMetadata(entries)
        .write(folder.file(name), WriteOptions.DEFAULT);
  }

  /** The file of the best model. */
  Path best() {
    return folder.file(BEST);
  }

  /** Copies the best model to where the result goes; the files written. */
  List<Path> copyBest(Path output, Set<Path> input) {
    return OnnxModel.read(best()).write(output, WriteOptions.DEFAULT.withUntouched(input));
  }

  /** Whether the run has, or will have, a file of this name. */
  static boolean isOfRun(String name) {
    return Stream.of(BEST, LAST, RunFolder.STATE, MetricsLog.FILE).anyMatch(name::startsWith);
  }
}
