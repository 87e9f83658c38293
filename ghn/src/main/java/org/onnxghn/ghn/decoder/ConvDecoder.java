package org.onnxghn.ghn.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
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
    List<Family> families = Family.of(targets, plane);
    List<Cell> cells = Cell.of(families, plane);
    boolean gradients = JniUtils.isGradMode();
    List<long[]> indices = cells.stream().map(cell -> cell.rows(hidden)).toList();
    // Each cell has a copy of its rows: without gradients of which only one is there at a time.
    NDList rows = gradients ? Layers.rows(hidden.hidden(), indices) : new NDList();
    for (int i = 0; i < cells.size(); i++) {
      Cell cell = cells.get(i);
      NDArray copied = gradients ? rows.get(i) : Layers.rows(hidden.hidden(), indices.get(i));
      NDArray all =
          product(
              copied,
              weights.get(cell.out()).get(cell.in()),
              biases.get(cell.out()).get(cell.in()));
      if (!gradients) {
        copied.close();
      }
      NDList parts = Layers.parts(all, cell.users().stream().map(Family::positions).toList());
      for (int user = 0; user < parts.size(); user++) {
        cell.users().get(user).strip(cell.out()).add(parts.get(user));
      }
    }
    NDArray[] decoded = new NDArray[targets.size()];
    families.forEach(family -> assemble(family, targets, decoded));
    return List.of(decoded);
  }

  /** Views of the plane's cells: splits, not slices, as {@link Layers#parts} says. */
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
  private NDArray product(NDArray x, NDArray weights, NDArray biases) {
    long rows = x.getShape().get(0);
    long width = x.getShape().get(1);
    long outputs = weights.getShape().get(0);
    long inputs = weights.getShape().get(1);
    if (inputs == maxChannels || JniUtils.isGradMode()) {
      // Whole rows of the plane lie one after the other: one product. For gradients a copy of a
      // cell costs less than the gradient of x for each output.
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

  private static void assemble(Family family, List<ConvTarget> targets, NDArray[] decoded) {
    NDList joined = new NDList();
    family.strips().forEach(cells -> joined.add(join(cells, 2)));
    List<Integer> sizes =
        family.members().stream().map(i -> targets.get(i).window().positions()).toList();
    NDList parts = Layers.parts(join(joined, 1), sizes);
    for (int i = 0; i < parts.size(); i++) {
      int member = family.members().get(i);
      decoded[member] = kernel(parts.get(i), targets.get(member));
    }
  }

  /** (positions, at least outputs, at least inputs) gives (outputs, inputs, height, width). */
  private static NDArray kernel(NDArray rows, ConvTarget target) {
    NDArray used = rows;
    if (rows.getShape().get(1) > target.outputs() || rows.getShape().get(2) > target.inputs()) {
      used =
          rows.get(
              new NDIndex()
                  .addAllDim()
                  .addSliceDim(0, target.outputs())
                  .addSliceDim(0, target.inputs()));
    }
    return used.transpose(1, 2, 0)
        .reshape(
            target.outputs(), target.inputs(), target.window().height(), target.window().width());
  }

  private static NDArray join(NDList parts, int axis) {
    return parts.size() == 1 ? parts.get(0) : NDArrays.concat(parts, axis);
  }

  /**
   * Targets that need the same cells of the plane.
   *
   * @param members their places in the list of targets
   * @param outputCells cells along the outputs
   * @param inputCells cells along the inputs
   * @param positions of all members
   * @param strips for each cell along the outputs, the decoded cells along the inputs
   */
  private record Family(
      List<Integer> members, int outputCells, int inputCells, int positions, List<NDList> strips) {

    static List<Family> of(List<ConvTarget> targets, ChannelPlane plane) {
      Map<List<Integer>, List<Integer>> members =
          IntStream.range(0, targets.size())
              .boxed()
              .collect(
                  Collectors.groupingBy(
                      i ->
                          List.of(
                              plane.outputCells(targets.get(i).outputs()),
                              plane.inputCells(targets.get(i).inputs())),
                      LinkedHashMap::new,
                      Collectors.toList()));
      List<Family> families = new ArrayList<>();
      members.forEach(
          (cells, of) ->
              families.add(
                  new Family(
                      of,
                      cells.get(0),
                      cells.get(1),
                      of.stream().mapToInt(i -> targets.get(i).window().positions()).sum(),
                      Stream.generate(NDList::new).limit(cells.get(0)).toList())));
      return families;
    }

    boolean uses(int out, int in) {
      return outputCells > out && inputCells > in;
    }

    NDList strip(int out) {
      return strips.get(out);
    }
  }

  /**
   * A cell of the plane.
   *
   * @param out its place along the outputs
   * @param in its place along the inputs
   * @param users who needs it
   */
  private record Cell(int out, int in, List<Family> users) {

    /** The cells that somebody needs. */
    static List<Cell> of(List<Family> families, ChannelPlane plane) {
      List<Cell> cells = new ArrayList<>();
      for (int out = 0; out < plane.outputEdges().length - 1; out++) {
        for (int in = 0; in < plane.inputEdges().length - 1; in++) {
          int row = out;
          int column = in;
          List<Family> users = families.stream().filter(f -> f.uses(row, column)).toList();
          if (!users.isEmpty()) {
            cells.add(new Cell(out, in, users));
          }
        }
      }
      return cells;
    }

    /** Where the users' positions are among the hidden rows. */
    long[] rows(HiddenPositions.Result hidden) {
      return users.stream()
          .flatMap(family -> family.members.stream())
          .flatMapToLong(member -> LongStream.of(hidden.rows()[member]))
          .toArray();
    }
  }
}
