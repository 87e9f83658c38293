package org.onnxghn.ghn.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.GhnParameters;
import org.onnxghn.ghn.encoder.Layers;

/**
 * Decodes tensors of rank 2 and more (GHN3.md 4.3, a to d). The last layer has a row for each pair
 * of output and input channels; only the rows that targets use are read, in place, and each once
 * for all targets.
 */
final class ConvDecoder {
  private final long maxChannels;
  private final HiddenPositions positions;
  private final NDArray weight;
  private final NDArray bias;

  ConvDecoder(GhnConfig config, GhnParameters parameters) {
    maxChannels = config.maxChannels();
    positions = new HiddenPositions(config, parameters);
    weight = parameters.get("decoder.conv.2.weight");
    bias = parameters.get("decoder.conv.2.bias");
  }

  /**
   * @return for each target (outputs, inputs, window height, window width)
   */
  List<NDArray> decode(NDArray x, List<ConvTarget> targets) {
    HiddenPositions.Result hidden = positions.compute(x, targets);
    ChannelPlane plane = ChannelPlane.of(targets);
    List<NDList> weights = cells(plane, weight.reshape(maxChannels, maxChannels, -1));
    List<NDList> biases = cells(plane, bias.reshape(maxChannels, maxChannels));
    // For each target the strips along the inputs, and in each strip its cells.
    List<List<NDList>> strips = new ArrayList<>();
    targets.forEach(target -> strips.add(new ArrayList<>()));
    for (int out = 0; out < plane.outputEdges().length - 1; out++) {
      for (int in = 0; in < plane.inputEdges().length - 1; in++) {
        int[] users = users(targets, plane, out, in);
        if (users.length > 0) {
          NDArray cell =
              cell(inputs(hidden, users), weights.get(out).get(in), biases.get(out).get(in));
          NDList rows = cell.split(ends(targets, users), 0);
          for (int i = 0; i < users.length; i++) {
            if (in == 0) {
              strips.get(users[i]).add(new NDList());
            }
            strips.get(users[i]).get(out).add(rows.get(i));
          }
        }
      }
    }
    return IntStream.range(0, targets.size())
        .mapToObj(i -> assemble(targets.get(i), strips.get(i)))
        .toList();
  }

  private static int[] users(List<ConvTarget> targets, ChannelPlane plane, int out, int in) {
    return IntStream.range(0, targets.size())
        .filter(i -> plane.outputCells(targets.get(i).outputs()) > out)
        .filter(i -> plane.inputCells(targets.get(i).inputs()) > in)
        .toArray();
  }

  /** The hidden rows of these targets, (rows, 8h). */
  private static NDArray inputs(HiddenPositions.Result hidden, int[] users) {
    return Layers.rows(
        hidden.hidden(),
        IntStream.of(users)
            .mapToObj(i -> hidden.rows()[i])
            .flatMapToLong(LongStream::of)
            .toArray());
  }

  /** Where the rows of each target but the last end. */
  private static long[] ends(List<ConvTarget> targets, int[] users) {
    long[] ends = new long[users.length - 1];
    long end = 0;
    for (int i = 0; i < ends.length; i++) {
      end += targets.get(users[i]).window().positions();
      ends[i] = end;
    }
    return ends;
  }

  /**
   * Views of the plane's cells. By splits, not slices: the gradient of a slice is as large as what
   * it is cut from, that of a split is written once for all parts.
   */
  private static List<NDList> cells(ChannelPlane plane, NDArray all) {
    return all.split(plane.outputCuts(), 0).stream()
        .map(band -> band.split(plane.inputCuts(), 1))
        .toList();
  }

  /**
   * The last layer for one cell of channel pairs: (rows, 8h) gives (rows, outputs, inputs).
   *
   * @param weights (outputs, inputs, 8h)
   * @param biases (outputs, inputs)
   */
  private NDArray cell(NDArray x, NDArray weights, NDArray biases) {
    long rows = x.getShape().get(0);
    long width = x.getShape().get(1);
    long outputs = weights.getShape().get(0);
    long inputs = weights.getShape().get(1);
    if (inputs == maxChannels) {
      // Whole rows of the plane lie one after the other: one product.
      NDArray flat = weights.reshape(outputs * inputs, width);
      return Layers.linear(x, flat, biases.reshape(outputs * inputs))
          .reshape(rows, outputs, inputs);
    }
    if (inputs == 1) {
      return Layers.linear(x, weights.squeeze(1), biases.squeeze(1)).expandDims(2);
    }
    return x.expandDims(0)
        .broadcast(outputs, rows, width)
        .matMul(weights.transpose(0, 2, 1))
        .addi(biases.expandDims(1))
        .transpose(1, 0, 2);
  }

  private static NDArray assemble(ConvTarget target, List<NDList> strips) {
    NDList joined = new NDList();
    strips.forEach(cells -> joined.add(join(cells, 2)));
    NDArray all = join(joined, 1);
    if (all.getShape().get(1) > target.outputs() || all.getShape().get(2) > target.inputs()) {
      all =
          all.get(
              new NDIndex()
                  .addAllDim()
                  .addSliceDim(0, target.outputs())
                  .addSliceDim(0, target.inputs()));
    }
    return all.transpose(1, 2, 0)
        .reshape(
            target.outputs(), target.inputs(), target.window().height(), target.window().width());
  }

  private static NDArray join(NDList parts, int axis) {
    return parts.size() == 1 ? parts.get(0) : NDArrays.concat(parts, axis);
  }
}
