package org.onnxghn.ghn.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.GhnParameters;
import org.onnxghn.ghn.encoder.Layers;
import org.onnxghn.onnx.Shape;

/** The decoder of GHN-2 and GHN-3 (GHN3.md 4.3 to 5.4). */
public final class GhnDecoder implements Decoder {
  private final GhnConfig config;
  private final GhnParameters parameters;
  private final ConvDecoder convolutions;
  private final VectorDecoder vectors;
  private final ClassHead classWeight;
  private final ClassHead classBias;

  /** Takes the tensors {@code decoder.*}, {@code decoder_1d.*} and {@code bias_class.*}. */
  public GhnDecoder(GhnConfig config, GhnParameters parameters) {
    this.config = config;
    this.parameters = parameters;
    convolutions = new ConvDecoder(config, parameters);
    vectors = new VectorDecoder(parameters);
    classWeight = new ClassHead("decoder.class_layer_predictor.1", config, parameters);
    classBias = new ClassHead("bias_class.1", config, parameters);
  }

  @Override
  public List<NDArray> decode(NDArray x, List<DecoderTarget> targets) {
    NDArray[] decoded = new NDArray[targets.size()];
    List<Integer> vectorPlaces = new ArrayList<>();
    List<Integer> convPlaces = new ArrayList<>();
    for (int i = 0; i < decoded.length; i++) {
      (targets.get(i).slot().shape().rank() == 1 ? vectorPlaces : convPlaces).add(i);
    }
    if (!vectorPlaces.isEmpty()) {
      decodeVectors(x, targets, vectorPlaces, decoded);
    }
    if (!convPlaces.isEmpty()) {
      boolean centred = config.kind() != GhnConfig.Kind.GHN2;
      List<ConvTarget> convTargets =
          convPlaces.stream()
              .map(
                  i ->
                      ConvTarget.of(
                          targets.get(i), config.maxChannels(), config.maxSpatial(), centred))
              .toList();
      List<NDArray> raw = convolutions.decode(x, convTargets);
      for (int i = 0; i < raw.size(); i++) {
        decoded[convPlaces.get(i)] = finish(raw.get(i), convTargets.get(i));
      }
    }
    return Arrays.asList(decoded);
  }

  private void decodeVectors(
      NDArray x, List<DecoderTarget> targets, List<Integer> places, NDArray[] decoded) {
    long[] rows = places.stream().mapToLong(i -> targets.get(i).row()).toArray();
    NDArray both = vectors.decode(Layers.rows(x, rows));
    NDArray weights = both.get(new NDIndex().addAllDim().addIndices(0));
    NDArray biases = both.get(new NDIndex().addAllDim().addIndices(1));
    boolean normalised = config.weightNorm();
    // Split, not sliced: a slice's gradient would be as large as all rows, for each row.
    long[] cuts = LongStream.range(1, rows.length).toArray();
    NDList finalWeights = (normalised ? Normalisation.weight(weights) : weights).split(cuts, 0);
    NDList finalBiases = (normalised ? Normalisation.bias(biases) : biases).split(cuts, 0);
    for (int row = 0; row < rows.length; row++) {
      DecoderTarget target = targets.get(places.get(row));
      long size = target.slot().shape().dim(0);
      NDArray vector;
      if (target.classifier()) {
        NDIndex place = NDIndex.sliceAxis(0, row, row + 1L);
        NDArray classes = classBias.classes(biases.get(place), size);
        vector = (normalised ? Normalisation.bias(classes) : classes).squeeze(0);
      } else {
        NDArray whole = (target.isBias() ? finalBiases : finalWeights).get(row).squeeze(0);
        vector =
            size < config.maxChannels() ? whole.get(new NDIndex().addSliceDim(0, size)) : whole;
      }
      decoded[places.get(row)] = vector;
    }
  }

  /** From (outputs, inputs, window) to the target's rank, kernel and scale. */
  private NDArray finish(NDArray raw, ConvTarget convTarget) {
    DecoderTarget target = convTarget.target();
    Shape shape = target.slot().shape();
    KernelWindow window = convTarget.window();
    NDArray kernel =
        window.isInterpolated()
            ? Interpolation.enlarge(
                raw, window.kernelHeight(), window.kernelWidth(), parameters.manager())
            : raw;
    NDArray shaped;
    if (target.classifier()) {
      NDArray matrix = kernel.reshape(config.maxChannels(), convTarget.inputs());
      NDArray classes = classWeight.classes(matrix.transpose(), shape.dim(0)).transpose();
      shaped = shape.rank() == 4 ? classes.expandDims(2).expandDims(3) : classes;
    } else if (target.isSequence()) {
      shaped = kernel.reshape(1, convTarget.inputs(), -1).transpose(0, 2, 1);
    } else {
      shaped = shape.rank() == 2 ? kernel.reshape(convTarget.outputs(), -1) : kernel;
    }
    double factor = config.weightNorm() ? Normalisation.factor(target) : 1;
    return factor == 1 ? shaped : Layers.scaled(shaped, factor);
  }
}
