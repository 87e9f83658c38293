package org.onnxghn.ghn.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
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
    // For each target the strips along the inputs, and in each strip its cells.
    List<List<NDList>> strips = new ArrayList<>();
    targets.forEach(target -> strips.add(new ArrayList<>()));
    for (int out = 0; out < plane.outputEdges().length - 1; out++) {
      for (int in = 0; in < plane.inputEdges().length - 1; in++) {
        int[] users = users(targets, plane, out, in);
        if (users.length > 0) {
          NDArray cell = cell(plane, out, in, inputs(hidden, targets, users));
          long row = 0;
          for (int user : users) {
            if (in == 0) {
              strips.get(user).add(new NDList());
            }
            long end = row + targets.get(user).window().positions();
            strips.get(user).get(out).add(cell.get(new NDIndex().addSliceDim(row, end)));
            row = end;
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
  private static NDArray inputs(
      HiddenPositions.Result hidden, List<ConvTarget> targets, int[] users) {
    long[] rows =
        IntStream.of(users)
            .flatMap(
                i ->
                    IntStream.range(0, targets.get(i).window().positions())
                        .map(position -> hidden.rows()[i] + position))
            .asLongStream()
            .toArray();
    return Layers.rows(hidden.hidden(), rows);
  }

  /** The last layer for one cell of channel pairs: (rows, 8h) gives (rows, outputs, inputs). */
  private NDArray cell(ChannelPlane plane, int out, int in, NDArray x) {
    long rows = x.getShape().get(0);
    long width = x.getShape().get(1);
    long outputs = plane.outputEdges()[out + 1] - plane.outputEdges()[out];
    long inputs = plane.inputEdges()[in + 1] - plane.inputEdges()[in];
    NDIndex place =
        new NDIndex()
            .addSliceDim(plane.outputEdges()[out], plane.outputEdges()[out + 1])
            .addSliceDim(plane.inputEdges()[in], plane.inputEdges()[in + 1]);
    NDArray weights = weight.reshape(maxChannels, maxChannels, width).get(place);
    NDArray biases = bias.reshape(maxChannels, maxChannels).get(place);
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
    NDIndex used =
        new NDIndex().addAllDim().addSliceDim(0, target.outputs()).addSliceDim(0, target.inputs());
    return all.get(used)
        .transpose(1, 2, 0)
        .reshape(
            target.outputs(), target.inputs(), target.window().height(), target.window().width());
  }

  private static NDArray join(NDList parts, int axis) {
    return parts.size() == 1 ? parts.get(0) : NDArrays.concat(parts, axis);
  }
}
