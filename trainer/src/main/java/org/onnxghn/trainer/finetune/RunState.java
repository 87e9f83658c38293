package org.onnxghn.trainer.finetune;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.trainer.exec.Autograd;
import org.onnxghn.trainer.optim.Optimizer;
import org.onnxghn.trainer.run.RunFolder;
import org.onnxghn.trainer.run.TrainingState;

/**
 * Stores and restores a run: parameters, running statistics, optimizer, place in the data. What is
 * random depends on the seed and the step alone, so that no generator has a state.
 */
final class RunState {
  private static final String PARAMETERS = "parameters/";
  private static final String STATISTICS = "statistics/";
  private static final String OPTIMIZER = "optimizer/";
  private static final String SETTING = "setting ";

  private final RunFolder folder;
  private final Network network;
  private final Optimizer optimizer;
  private final Map<String, String> settings = new LinkedHashMap<>();

  RunState(
      RunFolder folder,
      Network network,
      Optimizer optimizer,
      FineTuneOptions options,
      OnnxModel model,
      TrainingData data) {
    this.folder = folder;
    this.network = network;
    this.optimizer = optimizer;
    settings.put("the model's SHA-256", model.sha256());
    settings.put("the number of training images", "" + data.training().size());
    settings.put("the number of validation images", "" + data.validation().size());
    settings.put("the classes", String.join(" ", data.training().classNames()));
    settings.put("the image size", data.spec().toString());
    settings.put("the normalisation", data.normalisation().toString());
    settings.putAll(options.settings());
  }

  /** Stores everything, atomically. */
  void save(Progress progress) {
    Map<String, NDArray> tensors = new LinkedHashMap<>();
    network.leaves().forEach((name, tensor) -> tensors.put(PARAMETERS + name, tensor));
    network.statistics().forEach((name, tensor) -> tensors.put(STATISTICS + name, tensor));
    optimizer.state().forEach((name, tensor) -> tensors.put(OPTIMIZER + name, tensor));
    Map<String, String> values = progress.store(new LinkedHashMap<>());
    values.put("optimizer.steps", Long.toString(optimizer.steps()));
    settings.forEach((name, value) -> values.put(SETTING + name, value));
    TrainingState.write(folder.file(RunFolder.STATE), tensors, values);
  }

  /**
   * Goes back to what is stored.
   *
   * @throws FineTuneException OG-526 when the run began with something else
   * @throws org.onnxghn.trainer.run.RunException OG-513 when the state does not fit the model
   */
  void restore(Progress progress) {
    TrainingState state = TrainingState.read(folder.file(RunFolder.STATE));
    settings.forEach(
        (name, value) -> {
          String before = state.value(SETTING + name);
          if (!before.equals(value)) {
            throw new FineTuneException(
                FineTuneException.RESUME,
                "the run in %s began with %s %s, not %s"
                    .formatted(folder.path(), name, brief(before), brief(value)),
                "Resume with what it began with, or begin anew with --overwrite.");
          }
        });
    Autograd.off(
        () -> {
          state.copyTo(PARAMETERS, network.leaves());
          state.copyTo(STATISTICS, network.statistics());
          return null;
        });
    try (NDManager scratch = network.manager().newSubManager()) {
      optimizer.restore(state.tensors(OPTIMIZER, scratch), state.number("optimizer.steps"));
    }
    progress.restore(state);
  }

  private static String brief(String value) {
    return List.of("", "[]").contains(value)
        ? "nothing"
        : value.length() > 80 ? value.substring(0, 80) + "…" : value;
  }
}
