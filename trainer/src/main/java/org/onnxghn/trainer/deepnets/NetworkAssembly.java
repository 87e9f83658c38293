package org.onnxghn.trainer.deepnets;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.onnxghn.onnx.LayerBuilder;
import org.onnxghn.onnx.LayerBuilder.Window;
import org.onnxghn.onnx.NetworkBuilder;

/**
 * Builds a network of cells as an ONNX graph without weights (GHN3.md 9.2): a stem, cells that each
 * take the outputs of the two before them, and a head. Of what no path to the cell's output uses,
 * nothing is built. A cell may have no output because its edges are all "none" or take what is not
 * there: the cells after it go on without.
 */
final class NetworkAssembly {
  private static final int OPSET = 17;

  private final Genotype genotype;
  private final NetworkOptions options;
  private final Variant variant;
  private final NetworkBuilder net;
  private final LayerBuilder layers;
  private final Blocks blocks;

  /**
   * What a cell takes and gives.
   *
   * @param name null when there is none
   * @param size rows and columns
   */
  private record Feature(String name, int channels, int size) {
    boolean exists() {
      return name != null;
    }
  }

  private NetworkAssembly(String name, Genotype genotype, NetworkOptions options, Variant variant) {
    this.genotype = genotype;
    this.options = options;
    this.variant = variant;
    net = new NetworkBuilder(name, OPSET);
    layers = new LayerBuilder(net);
    blocks = new Blocks(layers, options.batchNorm());
  }

  /** The network, or nothing when its last cell has no output. */
  static Optional<NetworkBuilder> build(
      String name, Genotype genotype, NetworkOptions options, Variant variant, int classes) {
    return new NetworkAssembly(name, genotype, options, variant).build(classes);
  }

  private Optional<NetworkBuilder> build(int classes) {
    int size = variant.imageSize();
    String image = net.input("input", "N", 3, size, size);
    List<Feature> outputs = new ArrayList<>(stem(new Feature(image, 3, size)));
    int channels = options.channels();
    boolean afterReduction = !genotype.isTransformer() && options.stemType() == 1;
    for (int cell = 0; cell < options.cells(); cell++) {
      boolean reduction = options.isReduction(cell);
      if (reduction) {
        channels *= options.channelMultiplier();
      }
      Feature older = outputs.get(outputs.size() - 2);
      Feature newer = outputs.get(outputs.size() - 1);
      outputs.add(cell(cell, older, newer, channels, reduction, afterReduction));
      afterReduction = reduction && !genotype.isTransformer();
    }
    Feature last = outputs.get(outputs.size() - 1);
    if (!last.exists()) {
      return Optional.empty();
    }
    head(last, classes);
    return Optional.of(net);
  }

  /** The two features that the first cell takes. */
  private List<Feature> stem(Feature image) {
    int width = options.channels();
    if (genotype.isTransformer()) {
      return transformerStem(image, width);
    }
    boolean small = variant == Variant.CIFAR;
    int kernel = options.stemKernel();
    if (options.stemType() == 0) {
      int out = small && options.preprocessing() ? 3 * width : width;
      int stride = options.stemStride();
      Window window = Window.same(kernel, stride);
      String x = layers.conv(image.name(), "stem.0", 3, out, window, false);
      x = blocks.norm(x, "stem.1", out);
      int size = image.size() / stride;
      if (options.stemPool()) {
        x = layers.maxPool(x, 3, 2, 1);
        size /= 2;
      }
      Feature stem = new Feature(x, out, size);
      return List.of(stem, stem);
    }
    int stride = small ? options.stemStride() : 2;
    String x =
        layers.conv(image.name(), "stem0.0", 3, width / 2, Window.same(kernel, stride), false);
    x = layers.relu(blocks.norm(x, "stem0.1", width / 2));
    x = layers.conv(x, "stem0.3", width / 2, width, Window.same(3, small ? 1 : 2), false);
    x = blocks.norm(x, "stem0.4", width);
    int size = image.size() / (small ? stride : 2 * stride);
    String y = layers.conv(layers.relu(x), "stem1.1", width, width, Window.same(3, 2), false);
    y = blocks.norm(y, "stem1.2", width);
    return List.of(new Feature(x, width, size), new Feature(y, width, size / 2));
  }

  private List<Feature> transformerStem(Feature image, int width) {
    boolean small = variant == Variant.CIFAR;
    Window patches = small ? Window.square(3, 3, 1) : Window.square(16, 16, 0);
    int size = small ? 11 : 14;
    String x = layers.conv(image.name(), "stem0", 3, width, patches, false);
    x = net.op("Add", x, net.parameter("pos_enc.weight", 1, width, size, size));
    Feature stem = new Feature(x, width, size);
    return List.of(stem, stem);
  }

  private Feature cell(
      int cell,
      Feature older,
      Feature newer,
      int channels,
      boolean reduction,
      boolean afterReduction) {
    List<Genotype.Edge> edges = reduction ? genotype.reduce() : genotype.normal();
    int stride = reduction && !genotype.isTransformer() ? 2 : 1;
    String name = "cells." + cell + ".";
    int size = newer.size();
    boolean[] used = used(edges);
    Feature nothing = new Feature(null, channels, size);
    List<Feature> states = new ArrayList<>();
    states.add(
        used[0] && older.exists() ? olderInput(older, name, channels, afterReduction) : nothing);
    states.add(used[1] && newer.exists() ? newerInput(newer, name, channels) : nothing);
    for (int step = 0; step < edges.size() / 2; step++) {
      List<String> terms = new ArrayList<>();
      for (int i = 2 * step; used[step + 2] && i < 2 * step + 2; i++) {
        Genotype.Edge edge = edges.get(i);
        Feature from = states.get(edge.state());
        if (edge.operation() != CellOperation.NONE && from.exists()) {
          int edgeStride = edge.state() < 2 ? stride : 1;
          terms.add(
              blocks.apply(
                  edge.operation(),
                  from.name(),
                  name + "_ops." + i,
                  channels,
                  edgeStride,
                  from.size()));
        }
      }
      states.add(new Feature(sum(terms), channels, size / stride));
    }
    return join(states, channels, size / stride);
  }

  private String sum(List<String> terms) {
    return switch (terms.size()) {
      case 0 -> null;
      case 1 -> terms.get(0);
      default -> net.op("Add", terms.get(0), terms.get(1));
    };
  }

  /** Which states lead to the cell's output. */
  private boolean[] used(List<Genotype.Edge> edges) {
    boolean[] used = new boolean[edges.size() / 2 + 2];
    genotype.concat().forEach(state -> used[state] = true);
    for (int i = edges.size() - 1; i >= 0; i--) {
      if (used[i / 2 + 2] && edges.get(i).operation() != CellOperation.NONE) {
        used[edges.get(i).state()] = true;
      }
    }
    return used;
  }

  private Feature olderInput(Feature x, String name, int channels, boolean afterReduction) {
    if (!options.preprocessing()) {
      return afterReduction
          ? new Feature(blocks.subsample(x.name()), x.channels(), x.size() / 2)
          : x;
    }
    String layer = name + "preprocess0";
    return afterReduction
        ? new Feature(
            blocks.factorizedReduce(x.name(), layer, x.channels(), channels),
            channels,
            x.size() / 2)
        : new Feature(
            blocks.convolution(x.name(), layer, x.channels(), channels, 1, 1), channels, x.size());
  }

  private Feature newerInput(Feature x, String name, int channels) {
    return options.preprocessing()
        ? new Feature(
            blocks.convolution(x.name(), name + "preprocess1", x.channels(), channels, 1, 1),
            channels,
            x.size())
        : x;
  }

  /** Joins the states that the cell gives; those that are not there are zeros. */
  private Feature join(List<Feature> states, int channels, int size) {
    List<String> parts = new ArrayList<>();
    int zeros = 0;
    for (int state : genotype.concat()) {
      if (!states.get(state).exists()) {
        zeros += channels;
        continue;
      }
      String part = states.get(state).name();
      parts.add(zeros == 0 ? part : blocks.padChannels(part, zeros, 0));
      zeros = 0;
    }
    int width = channels * genotype.concat().size();
    if (parts.isEmpty()) {
      return new Feature(null, width, size);
    }
    if (zeros > 0) {
      int last = parts.size() - 1;
      parts.set(last, blocks.padChannels(parts.get(last), 0, zeros));
    }
    String joined = parts.size() == 1 ? parts.get(0) : layers.concat(1, parts);
    return new Feature(joined, width, size);
  }

  private void head(Feature x, int classes) {
    String y =
        options.globalAverage() ? layers.mean(x.name(), false, 2, 3) : layers.flatten(x.name());
    int width = options.globalAverage() ? x.channels() : x.channels() * x.size() * x.size();
    for (int layer = 0; layer < options.classifierLayers() - 1; layer++) {
      y = layers.linear(y, "classifier." + 3 * layer, width, options.classifierWidth());
      width = options.classifierWidth();
      y = net.op("Dropout", layers.relu(y), net.scalar(0.5f));
    }
    String last = "classifier." + 3 * (options.classifierLayers() - 1);
    net.output(layers.linear(y, last, width, classes), "output", "N", classes);
  }
}
