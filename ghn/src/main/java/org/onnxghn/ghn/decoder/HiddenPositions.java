package org.onnxghn.ghn.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.nn.Activation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
   * @param rows where each target's rows begin in {@code hidden}
   * @param hidden for each position of each target one row, (positions, 8h)
   */
  record Result(int[] rows, NDArray hidden) {}

  /** Computes all positions of all targets; those of one target are rows in row-major order. */
  Result compute(NDArray x, List<ConvTarget> targets) {
    Map<KernelWindow, List<Integer>> classes = new LinkedHashMap<>();
    for (int i = 0; i < targets.size(); i++) {
      classes.computeIfAbsent(targets.get(i).window(), window -> new ArrayList<>()).add(i);
    }
    int[] rows = new int[targets.size()];
    NDList parts = new NDList();
    int next = 0;
    for (Map.Entry<KernelWindow, List<Integer>> entry : classes.entrySet()) {
      long[] nodes =
          entry.getValue().stream().mapToLong(i -> targets.get(i).target().row()).toArray();
      parts.add(hidden(Layers.rows(x, nodes), entry.getKey()));
      for (int i : entry.getValue()) {
        rows[i] = next;
        next = Math.addExact(next, entry.getKey().positions());
      }
    }
    return new Result(rows, parts.size() == 1 ? parts.get(0) : NDArrays.concat(parts, 0));
  }

  /** (n, h) gives (n * positions, 8h). */
  private NDArray hidden(NDArray x, KernelWindow window) {
    long n = x.getShape().get(0);
    NDArray positions = grid(x, window);
    NDArray flat = positions.reshape(window.positions() * n, width);
    NDArray hidden = Activation.relu(Layers.linear(flat, convWeight, convBias));
    long last = hidden.getShape().get(1);
    return hidden
        .reshape(window.positions(), n, last)
        .transpose(1, 0, 2)
        .reshape(n * window.positions(), last);
  }

  /** (n, h) gives (positions, n, 4h). */
  private NDArray grid(NDArray x, KernelWindow window) {
    long n = x.getShape().get(0);
    long h = x.getShape().get(1);
    NDArray weight = fcWeight.reshape(width, grid, grid, h);
    NDArray bias = fcBias.reshape(width, grid, grid);
    NDArray left = x.expandDims(0).broadcast(window.width(), n, h);
    NDList rows = new NDList();
    for (int row = window.top(); row < window.top() + window.height(); row++) {
      NDIndex place =
          new NDIndex()
              .addAllDim()
              .addSliceDim(row, row + 1L)
              .addSliceDim(window.left(), window.left() + (long) window.width());
      NDArray right = weight.get(place).squeeze(1).transpose(1, 2, 0);
      NDArray offset = bias.get(place).squeeze(1).transpose(1, 0).expandDims(1);
      rows.add(left.matMul(right).addi(offset));
    }
    NDArray all = rows.size() == 1 ? rows.get(0) : NDArrays.concat(rows, 0);
    return Activation.relu(all);
  }
}
