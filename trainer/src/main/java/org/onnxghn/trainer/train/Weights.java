package org.onnxghn.trainer.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.onnxghn.ghn.Ghn;
import org.onnxghn.ghn.GhnParameters;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.trainer.exec.Autograd;
import org.onnxghn.trainer.optim.AdamW;
import org.onnxghn.trainer.optim.Optimizer;
import org.onnxghn.trainer.optim.WeightAverage;
import org.onnxghn.trainer.run.RunFolder;
import org.onnxghn.trainer.run.TrainingState;

/** The hypernetwork in training: its weights, their moving average, and the optimizer's state. */
final class Weights implements AutoCloseable {
  private final TrainingConfig config;
  private final GhnParameters parameters;
  private final GhnParameters averages;
  private final WeightAverage average;
  private final Ghn ghn;
  private final Ghn evaluated;
  private final Optimizer optimizer;
  private final Map<String, String> startProvenance;

  Weights(TrainingConfig config, Path start, Device device) {
    this.config = config;
    try (Checkpoint initial =
        start == null
            ? Checkpoint.initialise(config.hypernetwork(), config.run().seed())
            : Checkpoint.read(start)) {
      if (!initial.config().equals(config.hypernetwork())) {
        throw new TrainingException(
            TrainingException.CONFIG,
            "checkpoint %s is another hypernetwork than the configuration's".formatted(start),
            "Add " + ConfigFile.settings(config.hypernetwork(), initial.config()) + ".");
      }
      startProvenance = start == null ? Map.of() : initial.provenance();
      parameters = GhnParameters.copy(initial, DataType.FLOAT32, device);
      averages =
          config.optimizer().average() > 0
              ? GhnParameters.copy(initial, DataType.FLOAT32, device)
              : null;
    }
    parameters.requireGradients(true);
    ghn = Ghn.of(parameters);
    evaluated = averages == null ? ghn : Ghn.of(averages);
    average =
        averages == null
            ? null
            : new WeightAverage(
                averages.tensors(), parameters.tensors(), config.optimizer().average());
    optimizer =
        new AdamW(
            parameters.tensors(),
            AdamW.BETA1,
            AdamW.BETA2,
            AdamW.EPSILON,
            config.optimizer().weightDecay(),
            name -> config.optimizer().decayVectors() || !isVector(name),
            Weights::isTable);
  }

  private boolean isVector(String name) {
    return parameters.get(name).getShape().dimension() == 1;
  }

  /** Tables of which a step uses some rows. */
  static boolean isTable(String name) {
    return name.contains("embed");
  }

  /** What the checkpoint says that they started from; empty without one. */
  Map<String, String> startProvenance() {
    return startProvenance;
  }

  /** With gradients. */
  Ghn ghn() {
    return ghn;
  }

  /** With the averaged weights, if they are averaged. */
  Ghn evaluated() {
    return evaluated;
  }

  Map<String, NDArray> leaves() {
    return parameters.tensors();
  }

  Optimizer optimizer() {
    return optimizer;
  }

  void update(double learningRate) {
    optimizer.step(learningRate);
    if (average != null) {
      average.update(optimizer.steps());
    }
  }

  /** Whether all weights are numbers: an update may be too large for them. */
  boolean areFinite() {
    return Autograd.off(() -> parameters.tensors().values().stream().allMatch(Weights::isFinite));
  }

  private static boolean isFinite(NDArray tensor) {
    try (NDArray sum = tensor.sum()) {
      return Float.isFinite(sum.getFloat());
    }
  }

  /** Stores all of it. */
  void store(RunFolder folder, Map<String, String> values) {
    Map<String, NDArray> tensors = new LinkedHashMap<>();
    parameters.tensors().forEach((name, tensor) -> tensors.put("weight/" + name, tensor));
    optimizer.state().forEach((name, tensor) -> tensors.put("optimizer/" + name, tensor));
    if (averages != null) {
      averages.tensors().forEach((name, tensor) -> tensors.put("average/" + name, tensor));
    }
    Map<String, String> all = new HashMap<>(values);
    all.put("optimizer.steps", Long.toString(optimizer.steps()));
    TrainingState.write(folder.file(RunFolder.STATE), tensors, all);
  }

  void restore(TrainingState state) {
    state.copyTo("weight/", parameters.tensors());
    if (averages != null) {
      state.copyTo("average/", averages.tensors());
    }
    state.copyTo("optimizer/", optimizer.state());
    optimizer.restore(optimizer.state(), state.number("optimizer.steps"));
  }

  /** Writes the evaluated weights as a checkpoint that every command takes. */
  void writeCheckpoint(Path out, String name, Map<String, String> provenance) {
    GhnParameters written = averages == null ? parameters : averages;
    Checkpoint.of(
            name,
            config.hypernetwork(),
            provenance,
            tensor ->
                written.get(tensor).toByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer())
        .write(out, ElementType.FLOAT);
  }

  @Override
  public void close() {
    optimizer.close();
    if (average != null) {
      average.close();
      evaluated.close();
    }
    ghn.close();
  }
}
