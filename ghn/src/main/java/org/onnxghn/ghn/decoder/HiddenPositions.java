package org.onnxghn.ghn.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Activation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.GhnParameters;
import org.onnxghn.ghn.encoder.Layers;

/**
 * The convolution decoder up to its last layer, at the positions that kernels use (GHN3.md 4.3, a
 * to c): {@code fc} is a matrix of (4h S S) rows, of which a window's rows are read in place.
 */
final class HiddenPositions {
  private final int width;
  private final int grid;
  private final NDArray fcWeight;
  private final NDArray fcBias;
  private final NDArray convWeight;
  private final NDArray convBias;

  HiddenPositions(GhnConfig config, GhnParameters parameters) {
    grid = config.maxSpatial();
    width = 4 * config.hidden();
    fcWeight = parameters.get("decoder.fc.0.weight");
    fcBias = parameters.get("decoder.fc.0.bias");
    convWeight = parameters.get("decoder.conv.0.weight");
    convBias = parameters.get("decoder.conv.0.bias");
  }

  /**
   * @param rows for each target, where its positions are in {@code hidden}, in row-major order
   * @param hidden for each position of each target one row, (positions, 8h)
   */
  record Result(long[][] rows, NDArray hidden) {}

  /** A position of a target's window. */
  private record Use(int index, int position) {}

  /** Computes all positions of all targets, those of one place in the grid by one product. */
  Result compute(NDArray x, List<ConvTarget> targets) {
    Map<Integer, List<Use>> uses = new TreeMap<>();
    long[][] rows = new long[targets.size()][];
    for (int i = 0; i < rows.length; i++) {
      KernelWindow window = targets.get(i).window();
      rows[i] = new long[window.positions()];
      for (int position = 0; position < rows[i].length; position++) {
        int place =
            (window.top() + position / window.width()) * grid
                + window.left()
                + position % window.width();
        uses.computeIfAbsent(place, key -> new ArrayList<>()).add(new Use(i, position));
      }
    }
    NDList weights = places(fcWeight.reshape(width, (long) grid * grid, -1));
    NDList biases = places(fcBias.reshape(width, (long) grid * grid));
    NDList nodes =
        Layers.rows(
            x,
            uses.values().stream()
                .map(of -> of.stream().mapToLong(u -> targets.get(u.index).target().row()))
                .map(LongStream::toArray)
                .toList());
    NDList parts = new NDList();
    long next = 0;
    for (int place : uses.keySet()) {
      parts.add(
          Layers.linear(
              nodes.get(parts.size()),
              weights.get(place).squeeze(1),
              biases.get(place).squeeze(1)));
      for (Use use : uses.get(place)) {
        rows[use.index][use.position] = next++;
      }
    }
    NDArray all = parts.size() == 1 ? parts.get(0) : NDArrays.concat(parts, 0);
    return new Result(
        rows, Activation.relu(Layers.linear(Activation.relu(all), convWeight, convBias)));
  }

  /**
   * A view of each place of the grid, along axis 1. One split: its gradient is written once, that
   * of a slice is as large as the whole for every slice.
   */
  private NDList places(NDArray all) {
    return all.split(LongStream.range(1, (long) grid * grid).toArray(), 1);
  }
}
