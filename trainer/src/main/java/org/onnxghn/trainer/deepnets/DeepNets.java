package org.onnxghn.trainer.deepnets;

import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.onnxghn.onnx.NetworkBuilder;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.trainer.deepnets.SearchSpace.Draw;

/**
 * The DeepNets-1M search space as an endless list: an index gives the same network on every
 * machine, whatever was asked for before. A draw that the split refuses is followed by the next of
 * the same index.
 */
public final class DeepNets implements Architectures {
  private static final int MAX_DRAWS = 10_000;

  private final Split split;
  private final Variant variant;
  private final Space space;
  private final SearchSpace searchSpace;
  private final long seed;
  private final int classes;
  private final boolean shallow;

  private DeepNets(
      Split split, Variant variant, Space space, long seed, int classes, boolean shallow) {
    this.split = split;
    this.variant = variant;
    this.space = space;
    this.searchSpace = new SearchSpace(split, variant, space);
    this.seed = seed;
    this.classes = classes;
    this.shallow = shallow;
  }

  /** The networks of a split; other seeds give other networks. */
  public static DeepNets of(Split split, Variant variant, Space space, long seed, int classes) {
    return new DeepNets(split, variant, space, seed, classes, false);
  }

  /**
   * Those networks of the space that learn fastest: with the fewest cells, BatchNorm (where the
   * split has it), no attention and a single classifier layer. Another list, of another name.
   */
  public DeepNets shallow() {
    return new DeepNets(split, variant, space, seed, classes, true);
  }

  /**
   * A network of given cells.
   *
   * @throws IllegalArgumentException when the last cell has no output
   */
  public static Architecture network(
      String name, Genotype genotype, NetworkOptions options, Variant variant, int classes) {
    return architecture(
        name,
        genotype,
        options,
        NetworkAssembly.build(name, genotype, options, variant, classes)
            .orElseThrow(() -> new IllegalArgumentException(name + " has no output")));
  }

  @Override
  public String name() {
    return "deepnets-%s-%s-%s%s".formatted(space, variant, split, shallow ? "-shallow" : "");
  }

  /** Which list this is: equal for the same networks. */
  public String identity() {
    return name() + "-" + seed;
  }

  @Override
  public long size() {
    return Long.MAX_VALUE;
  }

  @Override
  public Architecture get(long index) {
    // java.util.Random's stream is specified bit for bit.
    Random random = new Random(mix(mix(seed * 31 + split.ordinal()) + index));
    String name = "%s-%d-%d".formatted(name(), seed, index);
    for (int i = 0; i < MAX_DRAWS; i++) {
      Draw draw = searchSpace.draw(random);
      if (searchSpace.isRefused(draw.genotype()) || shallow && !searchSpace.isShallow(draw)) {
        continue;
      }
      OptionalLong parameters = parameters(draw, Variant.CIFAR);
      if (parameters.isPresent() && fits(draw, parameters.getAsLong())) {
        NetworkOptions options = searchSpace.widen(draw, parameters.getAsLong(), random);
        return network(name, draw.genotype(), options, variant, classes);
      }
    }
    throw new ArchitectureException(
        ArchitectureException.NONE,
        "no network of %s with %d classes is below %d parameters"
            .formatted(name(), classes, searchSpace.maxParameters()),
        "Take the space full, or fewer classes.");
  }

  private boolean fits(Draw draw, long parameters) {
    long most = searchSpace.maxParameters();
    return parameters <= most
        && (!searchSpace.isLargerForImageNet(draw)
            || parameters(draw, Variant.IMAGENET).orElse(0) <= most);
  }

  /** At the smallest widths; nothing when the network has no output. */
  private OptionalLong parameters(Draw draw, Variant images) {
    int counted = searchSpace.countedClasses(classes);
    NetworkOptions options = draw.options().withStemStride(searchSpace.stemStride(images));
    return NetworkAssembly.build("", draw.genotype(), options, images, counted).stream()
        .mapToLong(DeepNets::parameters)
        .findFirst();
  }

  private static long parameters(NetworkBuilder network) {
    return network.parameters().entrySet().stream()
        .filter(parameter -> !parameter.getKey().contains(".running_"))
        .mapToLong(parameter -> parameter.getValue().elements())
        .sum();
  }

  private static Architecture architecture(
      String name, Genotype genotype, NetworkOptions options, NetworkBuilder network) {
    OnnxModel model = network.build();
    return new Architecture(
        name,
        model,
        Map.of(
            "cells", Integer.toString(options.cells()),
            "steps", Integer.toString(genotype.normal().size() / 2),
            "channels", Integer.toString(options.channels()),
            "norm", options.batchNorm() ? "bn" : "none",
            "transformer", Boolean.toString(genotype.isTransformer()),
            "parameters", Long.toString(parameters(network))));
  }

  /** The finalizer of SplitMix64: near seeds become unrelated. */
  private static long mix(long value) {
    long z = value + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
