package org.onnxghn.trainer.exec;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.StoredTensor;
import org.onnxghn.onnx.proto.ValueInfoProto;

/**
 * A differentiable program made from an ONNX model: compiled once, run many times, with inputs and
 * parameters from outside, in training or inference mode, on the device of its inputs.
 *
 * <p>The whole graph becomes one TorchScript function, generated as text: a line or a few per node,
 * shape arithmetic on host integers, If, Loop and Scan as TorchScript's own control flow. Input
 * shapes need not be known: the text computes with whatever shapes come, so that one program serves
 * every batch and image size.
 *
 * <p>Why one function, and not a DJL call per node: a call from Java costs as much as a small
 * operator. {@code ExecutorBenchmark} on two CPU cores, function against calls, in ms: ResNet-18
 * (8x3x64x64) 22 against 27, with backward 77 against 75; a ViT-tiny 52 against 71, with backward
 * 176 against 175; 500 small operators 1.4 against 2.1, with backward 6.9 against 7.3. A new
 * architecture costs 2 to 5 ms for the text and 8 to 35 ms in PyTorch (70 to 1,700 nodes; a fifth
 * less since the arguments come in one line).
 *
 * <p>Gradients are recorded when grad mode is on for the calling thread ({@link Autograd}); they
 * reach inputs and parameters, and whatever these were computed from. Any number of threads may run
 * one program at the same time. Results belong to the manager of the first input; wrap each step in
 * an {@code NDScope}, and close nothing before backward: DJL's arrays borrow the memory of Java
 * buffers, also those that {@code NDArray.mul(Number)} and its like make and close themselves.
 */
public final class Program implements AutoCloseable {
  /** What BatchNormalization and Dropout do. */
  public enum Mode {
    /** Running statistics; no dropout. */
    INFERENCE,
    /** Batch statistics, with updated running statistics as results; dropout. */
    TRAINING,
    /**
     * Batch statistics and dropout: how networks whose parameters are predicted anew in each step
     * are trained, since they have no running statistics.
     */
    TRAINING_PREDICTED,
    /**
     * Batch statistics, no dropout: how networks whose parameters were just predicted are
     * evaluated, since they have no running statistics.
     */
    BATCH_STATISTICS
  }

  /**
   * What a run computed.
   *
   * @param outputs by name, in the order of the graph
   * @param runningStatistics in training mode, by the name of the running mean or variance: its
   *     next value, {@code momentum * running + (1 - momentum) * batch} with the population
   *     variance, as ONNX defines it
   */
  public record Result(Map<String, NDArray> outputs, Map<String, NDArray> runningStatistics) {
    /** The first output of the graph. */
    public NDArray output() {
      return outputs.values().iterator().next();
    }
  }

  private final OnnxModel model;
  private final Set<String> frozen;
  private final Autocast autocast;
  private final List<String> outputs;
  private final Map<Mode, CompiledText> texts = new LinkedHashMap<>();
  private final Map<String, TorchScriptModule> modules = new LinkedHashMap<>();
  private final Constants constants;

  private Program(OnnxModel model, Set<String> frozen, Autocast autocast, CompiledText inference) {
    this.model = model;
    this.frozen = frozen;
    this.autocast = autocast;
    this.outputs =
        model.proto().getGraph().getOutputList().stream().map(ValueInfoProto::getName).toList();
    this.texts.put(Mode.INFERENCE, inference);
    this.constants = new Constants(NDManager.newBaseManager());
  }

  /**
   * Compiles a model. PyTorch sees the text at the first run of each mode.
   *
   * @throws ExecutorException OG-500 with all nodes that cannot be run
   */
  public static Program compile(OnnxModel model) {
    return compile(model, Set.of());
  }

  /**
   * As {@link #compile(OnnxModel)}; some BatchNormalization layers stay as in inference mode while
   * the others train.
   *
   * @param frozen names of running means: layers with these use their running statistics in every
   *     mode, and do not update them
   */
  public static Program compile(OnnxModel model, Set<String> frozen) {
    return compile(model, Set.copyOf(frozen), Autocast.OFF);
  }

  /**
   * As {@link #compile(OnnxModel)}, in mixed precision: matrix products and convolutions of other
   * numbers than the rest.
   *
   * @param full names of parameters whose operators compute in float32 all the same, such as the
   *     classifier's
   */
  public static Program compile(OnnxModel model, Precision precision, Set<String> full) {
    return compile(model, Set.of(), Autocast.of(precision, full, model));
  }

  private static Program compile(OnnxModel model, Set<String> frozen, Autocast autocast) {
    CompiledText inference = GraphCompiler.compile(model, Mode.INFERENCE, frozen, autocast);
    return new Program(model, frozen, autocast, inference);
  }

  /**
   * Names of the graph's inputs that have no values in the file and that some node uses: the data,
   * and the parameters of a model that was exported without weights.
   */
  public List<String> inputs() {
    CompiledText text = text(Mode.INFERENCE);
    return text.arguments().stream()
        .filter(name -> !name.equals(Code.SEED))
        .filter(name -> !text.stored().containsKey(name) || !text.stored().get(name).hasData())
        .toList();
  }

  /**
   * The floating-point tensors of the model that the program takes as tensors, by name: each can be
   * replaced in {@link #run}. They are those of the file and graph inputs of fixed shapes, which
   * may be parameters of a model without weights. A constant that an operator uses as a setting,
   * such as a scale of Resize, is not among them; {@link #run} leaves it out of account.
   */
  public Map<String, StoredTensor> parameters() {
    Map<String, StoredTensor> parameters = new LinkedHashMap<>();
    CompiledText text = text(Mode.INFERENCE);
    for (String name : text.arguments()) {
      StoredTensor tensor = text.stored().get(name);
      if (tensor != null && tensor.type().isTrainable()) {
        parameters.put(name, tensor);
      }
    }
    return parameters;
  }

  /** Names of the graph's outputs, in order. */
  public List<String> outputs() {
    return outputs;
  }

  /** Has PyTorch parse the program for a mode now, and not when it runs first. */
  public void prepare(Mode mode, Device device) {
    module(mode, device);
  }

  /** As {@link #run(Map, Map, Mode, long)} with seed 0. */
  public Result run(Map<String, NDArray> inputs, Map<String, NDArray> parameters, Mode mode) {
    return run(inputs, parameters, mode, 0);
  }

  /**
   * Runs the program.
   *
   * @param inputs by name; at least those of {@link #inputs} that are not among the parameters
   * @param parameters by name, in the shapes of the file; tensors of the file that are not given
   *     keep their values
   * @param seed of dropout and of random operators: the same seed gives the same numbers
   * @throws ExecutorException OG-501 for a tensor that is missing, OG-502 for a name that the model
   *     does not have, OG-503 when PyTorch refuses an operation (shapes that do not fit), OG-504
   *     for tensors of several devices
   */
  public Result run(
      Map<String, NDArray> inputs, Map<String, NDArray> parameters, Mode mode, long seed) {
    CompiledText text = text(mode);
    try (Arguments arguments = Arguments.of(text, inputs, parameters, constants, seed)) {
      arguments.requireKnown(model);
      TorchScriptModule module = module(mode, arguments.device());
      return result(module.run(arguments.tensors(), arguments.manager()), text);
    } catch (EngineException e) {
      throw new ExecutorException(
          ExecutorException.FAILED,
          "PyTorch refused an operation of the model: " + TorchErrors.summary(e),
          "Check that the shapes and types of the inputs are those that the model expects.",
          e);
    }
  }

  private Result result(NDList results, CompiledText text) {
    Map<String, NDArray> byName = new LinkedHashMap<>();
    for (int i = 0; i < outputs.size(); i++) {
      byName.put(outputs.get(i), results.get(i));
    }
    Map<String, NDArray> statistics = new LinkedHashMap<>();
    for (int i = 0; i < text.statistics().size(); i++) {
      statistics.put(text.statistics().get(i), results.get(outputs.size() + i));
    }
    return new Result(byName, statistics);
  }

  private synchronized CompiledText text(Mode mode) {
    return texts.computeIfAbsent(mode, key -> GraphCompiler.compile(model, key, frozen, autocast));
  }

  private synchronized TorchScriptModule module(Mode mode, Device device) {
    return modules.computeIfAbsent(
        mode + " " + device, key -> TorchScriptModule.load(device, text(mode).text()));
  }

  /** Frees the compiled text and the copies of the file's tensors. */
  @Override
  public synchronized void close() {
    modules.values().forEach(TorchScriptModule::close);
    modules.clear();
    constants.close();
  }
}
