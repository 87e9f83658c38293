package org.onnxghn.trainer.cli;

import org.onnxghn.trainer.deepnets.ArchitectureException;
import org.onnxghn.trainer.deepnets.Architectures;
import org.onnxghn.trainer.deepnets.DeepNets;
import org.onnxghn.trainer.deepnets.ModelFiles;
import org.onnxghn.trainer.deepnets.Space;
import org.onnxghn.trainer.deepnets.Split;
import org.onnxghn.trainer.deepnets.Variant;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The mixin for which networks are evaluated. */
final class NetworkOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--networks",
      paramLabel = "GLOB",
      description = "ONNX files to evaluate: a folder or a pattern in quotes.")
  private String networks;

  @Option(
      names = "--split",
      paramLabel = "NAME",
      description = {
        "DeepNets to evaluate instead: val, test, wide, deep, dense, bnfree or search",
        "(default: ${DEFAULT-VALUE})."
      })
  private Split split = Split.VAL;

  @Option(
      names = {"--space", "--preset"},
      paramLabel = "P",
      description = "small or full (default: ${DEFAULT-VALUE}).")
  private Space space = Space.SMALL;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = {
        "How many networks (default: all files; of a split 100, fine-tune and transfer 12,",
        "variance 20)."
      })
  private Integer count;

  @Option(
      names = "--image-size",
      paramLabel = "N",
      description = "Rows and columns (default: ${DEFAULT-VALUE}; 224 makes ImageNet networks).")
  private int imageSize = Variant.CIFAR.imageSize();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of all that is drawn (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  /** The networks; those that are made have so many classes. */
  Architectures architectures(int classes) {
    if (count != null && count < 1 || imageSize < 1) {
      throw new ParameterException(
          spec.commandLine(), "--count and --image-size are positive numbers");
    }
    if (networks != null) {
      return ModelFiles.of(networks);
    }
    Variant variant = imageSize == Variant.IMAGENET.imageSize() ? Variant.IMAGENET : Variant.CIFAR;
    if (imageSize != variant.imageSize()) {
      throw new ParameterException(
          spec.commandLine(), "DeepNets are for images of 32 or 224 pixels: --image-size");
    }
    return DeepNets.of(split, variant, space, seed, classes);
  }

  /**
   * As {@link #architectures(int)}; those that the hypernetwork was trained with are refused.
   *
   * @throws ArchitectureException OG-532 for these
   */
  Architectures unseen(int classes, Hypernetwork hypernetwork) {
    Architectures all = architectures(classes);
    if (all instanceof ModelFiles files) {
      files.requireDisjoint(hypernetwork.trainedWith(), "trained");
    } else if (all instanceof DeepNets drawn
        && hypernetwork.trainedWith().contains(drawn.identity())) {
      throw new ArchitectureException(
          ArchitectureException.OVERLAP,
          "the checkpoint was trained with " + drawn.identity() + ", the networks asked for",
          "Choose another --split, such as test, or another --seed.");
    }
    return all;
  }

  /**
   * How many of them.
   *
   * @param usual of a split, where it is not said
   */
  int number(Architectures architectures, int usual) {
    long wanted = count != null ? count : networks != null ? Integer.MAX_VALUE : usual;
    return (int) Math.min(wanted, architectures.size());
  }

  /** What reports call them. */
  String label() {
    return networks != null ? networks : split.toString();
  }

  int imageSize() {
    return imageSize;
  }

  long seed() {
    return seed;
  }
}
