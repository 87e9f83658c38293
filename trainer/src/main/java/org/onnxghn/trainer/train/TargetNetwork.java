package org.onnxghn.trainer.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.onnxghn.converter.Assignment;
import org.onnxghn.converter.ConversionOptions;
import org.onnxghn.converter.InitialValues;
import org.onnxghn.converter.Prediction;
import org.onnxghn.converter.SourceChoice;
import org.onnxghn.converter.StoredValues;
import org.onnxghn.ghn.decoder.DecoderTarget;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.Role;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.trainer.deepnets.Architecture;
import org.onnxghn.trainer.exec.ExecutorException;
import org.onnxghn.trainer.exec.Precision;
import org.onnxghn.trainer.exec.Program;

/**
 * An architecture, ready to be run with predicted parameters: its graph for the hypernetwork, its
 * program for the images. What is not predicted has its standard initializer, once and for all.
 */
public final class TargetNetwork implements AutoCloseable {
  private final Architecture architecture;
  private final ComputationalGraph graph;
  private final Program program;
  private final String image;
  private final List<ParameterAssembly> predicted = new ArrayList<>();
  private final Map<String, NDArray> constants = new LinkedHashMap<>();
  private final NDManager manager = NDManager.newBaseManager(Device.cpu());
  private final Map<Device, Map<String, NDArray>> onDevices = new HashMap<>();
  private final long elements;

  private TargetNetwork(
      Architecture architecture, ImportedGraph imported, Program program, DataType type) {
    this.architecture = architecture;
    this.graph = imported.graph();
    this.program = program;
    Set<String> taken = program.parameters().keySet();
    List<Parameter> unpredicted = new ArrayList<>();
    long count = 0;
    for (Parameter parameter : imported.parameters()) {
      boolean trainable = parameter.role().isTrainable();
      count += trainable ? parameter.shape().elements() : 0;
      if (!taken.contains(parameter.name())) {
        continue;
      }
      if (!trainable) {
        float value = parameter.role() == Role.RUNNING_VARIANCE ? 1 : 0;
        constants.put(
            parameter.name(), manager.full(new Shape(parameter.shape().dims()), value, type));
      } else if (parameter.slots().isEmpty()) {
        unpredicted.add(parameter);
      } else {
        predicted.add(new ParameterAssembly(parameter));
      }
    }
    elements = count;
    if (!unpredicted.isEmpty()) {
      addInitialValues(imported, unpredicted, type);
    }
    // By the importer: for the program, images of a fixed shape may be a parameter, too.
    Set<String> parameters =
        imported.parameters().stream().map(Parameter::name).collect(Collectors.toSet());
    List<String> inputs =
        program.inputs().stream().filter(name -> !parameters.contains(name)).toList();
    if (inputs.size() != 1) {
      throw refused(architecture, "takes " + inputs.size() + " inputs, not one: images");
    }
    image = inputs.get(0);
  }

  private void addInitialValues(
      ImportedGraph imported, List<Parameter> unpredicted, DataType type) {
    ConversionOptions options = ConversionOptions.builder().checkpoint(null).build();
    Prediction none = Prediction.predict(imported.graph(), null, options.seed());
    List<Assignment> assignments =
        new SourceChoice(options, new StoredValues(architecture.model()))
            .choose(imported, none, Set.of()).stream()
                .filter(assignment -> unpredicted.contains(assignment.parameter()))
                .toList();
    Map<String, float[]> values = InitialValues.of(imported, assignments, Map.of(), options);
    for (Parameter parameter : unpredicted) {
      NDArray array =
          manager.create(values.get(parameter.name()), new Shape(parameter.shape().dims()));
      constants.put(parameter.name(), array.toType(type, true));
    }
  }

  /** For float32. */
  public static TargetNetwork of(Architecture architecture) {
    return of(architecture, DataType.FLOAT32, Precision.FLOAT32);
  }

  /**
   * Imports and compiles an architecture.
   *
   * @param type of all tensors
   * @param precision of the matrix products but the classifier's
   * @throws TrainingException OG-541 when it does not take one image input
   * @throws org.onnxghn.onnx.OnnxGhnException when it cannot be imported or compiled
   */
  public static TargetNetwork of(Architecture architecture, DataType type, Precision precision) {
    ImportedGraph imported = GraphImporter.importGraph(architecture.model());
    Program program =
        Program.compile(architecture.model(), precision, classifier(imported.graph()));
    try {
      return new TargetNetwork(architecture, imported, program, type);
    } catch (RuntimeException e) {
      program.close();
      throw e;
    }
  }

  /** Names of the classifier's weight and bias. */
  private static Set<String> classifier(ComputationalGraph graph) {
    return DecoderTarget.of(graph, 0).stream()
        .filter(DecoderTarget::classifier)
        .map(target -> target.slot().parameter())
        .collect(Collectors.toSet());
  }

  private static TrainingException refused(Architecture architecture, String what) {
    return new TrainingException(
        TrainingException.NETWORK,
        "network " + architecture.name() + " " + what,
        "Leave it out, or export it as a classifier of images.");
  }

  /** Has PyTorch parse it, so that no step waits for that. */
  void prepare(Device device) {
    program.prepare(Program.Mode.TRAINING_PREDICTED, device);
  }

  /** Its name. */
  public String name() {
    return architecture.name();
  }

  /** Its graph. */
  public ComputationalGraph graph() {
    return graph;
  }

  /** Images of a batch where its file fixes that, else 0. */
  public long fixedBatch() {
    return NetworkFailure.fixedBatch(architecture.model(), image);
  }

  /** Elements of its trainable parameters. */
  public long elements() {
    return elements;
  }

  /**
   * Runs the network.
   *
   * @param images (N, channels, height, width)
   * @param tensors predicted, by slot
   * @return logits, (N, classes); dimensions of size 1 after these are left out
   * @throws TrainingException OG-541 when it does not run
   */
  public NDArray run(
      NDArray images, Map<ParameterSlot, NDArray> tensors, Program.Mode mode, long seed) {
    Map<String, NDArray> parameters = new LinkedHashMap<>(constants(images.getDevice()));
    predicted.forEach(assembly -> parameters.put(assembly.name(), assembly.assemble(tensors)));
    try {
      return rows(program.run(Map.of(image, images), parameters, mode, seed).output());
    } catch (ExecutorException e) {
      throw NetworkFailure.of(name(), architecture.model(), image, images.getShape().get(0), e);
    }
  }

  /** Classifiers that end in a convolution give (N, classes, 1, 1). */
  private static NDArray rows(NDArray logits) {
    long[] dims = logits.getShape().getShape();
    boolean more = dims.length > 2 && Arrays.stream(dims).skip(2).allMatch(dim -> dim == 1);
    return more ? logits.reshape(dims[0], dims[1]) : logits;
  }

  /**
   * Refuses what is not a row of scores for each image.
   *
   * @param scores that a run gave
   * @throws TrainingException OG-541
   */
  public void requireScores(NDArray scores, int images, int classes) {
    if (!scores.getShape().equals(new Shape(images, classes))) {
      throw refused(
          architecture,
          "gives %s for %d images, not %d scores for each%s"
              .formatted(
                  scores.getShape(),
                  images,
                  classes,
                  NetworkFailure.otherBatch(architecture.model(), image, images)));
    }
  }

  private synchronized Map<String, NDArray> constants(Device device) {
    if (device.equals(manager.getDevice())) {
      return constants;
    }
    return onDevices.computeIfAbsent(
        device,
        key -> {
          Map<String, NDArray> copies = new LinkedHashMap<>();
          constants.forEach(
              (name, array) -> {
                NDArray copy = array.toDevice(key, true);
                NDScope.unregister(copy);
                copies.put(name, copy);
              });
          return copies;
        });
  }

  @Override
  public void close() {
    program.close();
    manager.close();
  }
}
