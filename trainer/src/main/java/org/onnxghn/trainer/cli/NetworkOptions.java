package org.onnxghn.trainer.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.onnxghn.converter.cli.CheckpointOption;
import org.onnxghn.ghn.checkpoint.CheckpointSource;
import org.onnxghn.trainer.deepnets.Architecture;
import org.onnxghn.trainer.deepnets.ArchitectureException;
import org.onnxghn.trainer.deepnets.ArchitectureHash;
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
        "(default: val)."
      })
  private Split split;

  @Option(
      names = {"--space", "--preset"},
      paramLabel = "P",
      description = {
        "Which DeepNets, small or full (default: those that the checkpoint was trained",
        "with, small where it does not say)."
      })
  private Space space;

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
      description = {
        "Rows and columns; 224 makes ImageNet networks (default: those that the checkpoint",
        "was trained with, 32 where it does not say)."
      })
  private Integer imageSize;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of all that is drawn (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  private TrainedOn trainedOn;

  /** The networks; those that are made have so many classes. */
  Architectures architectures(int classes) {
    if (count != null && count < 1 || imageSize != null && imageSize < 1) {
      throw wrongUsage("--count and --image-size are positive numbers");
    }
    if (networks != null) {
      if (split != null || space != null) {
        throw wrongUsage("--networks excludes --split and --space: give files or DeepNets");
      }
      return ModelFiles.of(networks);
    }
    int size = imageSize();
    Variant variant = size == Variant.IMAGENET.imageSize() ? Variant.IMAGENET : Variant.CIFAR;
    if (size != variant.imageSize()) {
      throw wrongUsage("DeepNets are for images of 32 or 224 pixels: --image-size");
    }
    Space chosen = space != null ? space : trainedOn().space();
    return DeepNets.of(split(), variant, chosen, seed, classes);
  }

  /**
   * As {@link #architectures(int)}; those that the hypernetwork was trained with are refused.
   *
   * @param usual as of {@link #number}: so many DeepNets are compared with files trained with
   * @throws ArchitectureException OG-532 for these
   */
  Architectures unseen(int classes, Hypernetwork hypernetwork, int usual) {
    Architectures all = architectures(classes);
    Set<String> trainedWith = hypernetwork.trainedWith();
    if (all instanceof ModelFiles files) {
      files.requireDisjoint(trainedWith, "trained");
      files.requireNotOf(trainedWith);
    } else if (all instanceof DeepNets drawn && trainedWith.contains(drawn.identity())) {
      throw seen(drawn.identity(), "the networks asked for");
    } else if (trainedWith.stream().anyMatch(ArchitectureHash::isHash)) {
      for (int i = 0; i < number(all, usual); i++) {
        Architecture architecture = all.get(i);
        if (trainedWith.contains(ArchitectureHash.of(architecture.model()))) {
          throw seen("a file that is the network " + architecture.name(), "one of those asked for");
        }
      }
    }
    return all;
  }

  /** Files that are read: networks, and the hypernetwork. */
  List<Path> inputs(CheckpointOption checkpoint) {
    List<Path> inputs = inputs();
    CheckpointSource source = checkpoint.source();
    if (source != null && source.file() != null) {
      inputs.add(source.file());
    }
    return inputs;
  }

  /** Files of networks that are read. */
  List<Path> inputs() {
    return new ArrayList<>(networks == null ? List.of() : ModelFiles.find(networks));
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

  private static ArchitectureException seen(String what, String which) {
    return new ArchitectureException(
        ArchitectureException.OVERLAP,
        "the checkpoint was trained with %s, %s".formatted(what, which),
        "Choose another --split, such as test, or another --seed.");
  }

  private ParameterException wrongUsage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private Split split() {
    return split != null ? split : Split.VAL;
  }

  /** Of the checkpoint that the command names. */
  private TrainedOn trainedOn() {
    if (trainedOn == null) {
      CheckpointOption checkpoint =
          spec.mixins().values().stream()
              .map(CommandSpec::userObject)
              .filter(CheckpointOption.class::isInstance)
              .map(CheckpointOption.class::cast)
              .findFirst()
              .orElseThrow();
      trainedOn = TrainedOn.of(checkpoint.source());
    }
    return trainedOn;
  }

  /** What reports call them. */
  String label() {
    return networks != null ? networks : split().toString();
  }

  int imageSize() {
    return imageSize != null ? imageSize : trainedOn().variant().imageSize();
  }

  long seed() {
    return seed;
  }
}
