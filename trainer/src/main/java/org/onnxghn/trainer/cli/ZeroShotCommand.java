package org.onnxghn.trainer.cli;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.onnxghn.converter.cli.CliCommand;
import org.onnxghn.converter.cli.FormatOption;
import org.onnxghn.converter.images.DataFolder;
import org.onnxghn.converter.images.ImageCache;
import org.onnxghn.converter.images.ImageSpec;
import org.onnxghn.converter.images.Images;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.converter.report.CheckpointReport;
import org.onnxghn.converter.report.JsonOutput;
import org.onnxghn.ghn.Ghn;
import org.onnxghn.ghn.GhnParameters;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.trainer.deepnets.ArchitectureException;
import org.onnxghn.trainer.deepnets.Architectures;
import org.onnxghn.trainer.deepnets.DeepNets;
import org.onnxghn.trainer.deepnets.ModelFiles;
import org.onnxghn.trainer.deepnets.Space;
import org.onnxghn.trainer.deepnets.Split;
import org.onnxghn.trainer.deepnets.Variant;
import org.onnxghn.trainer.eval.EvaluationImages;
import org.onnxghn.trainer.eval.ZeroShot;
import org.onnxghn.trainer.eval.ZeroShotReport;
import org.onnxghn.trainer.exec.ComputeThreads;
import org.onnxghn.trainer.run.ProgressLine;
import org.onnxghn.trainer.train.TrainingDevices;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Accuracy with no training. */
@Command(
    name = "zero-shot",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Predicts the parameters of networks and classifies images with them, without any",
      "training; BatchNorm uses each batch's own statistics (paper, Table 11)."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  onnx-ghn evaluate zero-shot --checkpoint best.safetensors --data cifar10 \\",
      "      --split test --count 100 --space small",
      "  onnx-ghn evaluate zero-shot --checkpoint best.safetensors --data cifar10 \\",
      "      --networks 'nets/*.onnx' --json"
    })
final class ZeroShotCommand implements CliCommand {
  @Spec private CommandSpec spec;
  @Mixin private FormatOption format;

  @Option(
      names = "--checkpoint",
      required = true,
      paramLabel = "C",
      description = "The hypernetwork, a safetensors file.")
  private Path checkpoint;

  @Option(names = "--data", required = true, paramLabel = "DIR", description = "The images.")
  private Path data;

  @Option(
      names = "--split",
      paramLabel = "NAME",
      description = {
        "DeepNets to evaluate: val, test, wide, deep, dense, bnfree or search",
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
      description = "How many of them (default: ${DEFAULT-VALUE}).")
  private int count = 100;

  @Option(
      names = "--networks",
      paramLabel = "GLOB",
      description = "ONNX files to evaluate instead: a folder or a pattern in quotes.")
  private String networks;

  @Option(
      names = "--image-split",
      paramLabel = "NAME",
      description = "Which images (default: test, else val, else what there is).")
  private String imageSplit;

  @Option(
      names = "--images",
      paramLabel = "N",
      description = "At most so many images (default: all).")
  private int images = Integer.MAX_VALUE;

  @Option(
      names = "--image-size",
      paramLabel = "N",
      description = "Rows and columns (default: ${DEFAULT-VALUE}; 224 makes ImageNet networks).")
  private int imageSize = Variant.CIFAR.imageSize();

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Images of a batch (default: ${DEFAULT-VALUE}).")
  private int batch = 64;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of the networks that are drawn (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Option(
      names = "--device",
      paramLabel = "D",
      description = "cpu, gpu, or auto: a GPU where there is one (default: ${DEFAULT-VALUE}).")
  private String device = "auto";

  @Option(
      names = "--cache",
      paramLabel = "DIR",
      description = "Where decoded images are kept (default: ~/.cache/onnx-ghn).")
  private Path cache;

  @Override
  public boolean isJson() {
    return format.isJson();
  }

  @Override
  public Integer call() {
    if (count < 1 || batch < 1 || images < 1 || imageSize < 1) {
      throw new ParameterException(
          spec.commandLine(), "--count, --batch, --images and --image-size are positive numbers");
    }
    if (!device.matches("auto|cpu|gpu")) {
      throw new ParameterException(spec.commandLine(), "--device is cpu, gpu or auto");
    }
    PrintWriter err = spec.commandLine().getErr();
    PrintWriter out = spec.commandLine().getOut();
    int workers = Runtime.getRuntime().availableProcessors();
    try (Checkpoint file = Checkpoint.read(checkpoint);
        Ghn ghn = Ghn.of(parameters(file))) {
      int classes = ghn.config().numClasses();
      Architectures architectures = architectures(classes, trainedWith(file));
      DataFolder folder = DataFolder.of(data);
      String imagesOf = imageSplit == null ? folder.evaluationSplit() : imageSplit;
      Images all =
          folder.open(
              imagesOf,
              ImageSpec.square(3, imageSize),
              cache == null ? ImageCache.standard() : ImageCache.in(cache),
              done -> {});
      if (all.classNames().size() != classes) {
        throw new ParameterException(
            spec.commandLine(),
            "the checkpoint predicts for %d classes, the images have %d"
                .formatted(classes, all.classNames().size()));
      }
      EvaluationImages seen =
          EvaluationImages.of(all, Normalisation.standard(all.channels()), batch, images);
      int number = (int) Math.min(count, architectures.size());
      List<ZeroShot.Result> results;
      try (ProgressLine line =
          new ProgressLine(err, System.console() != null, "networks", number)) {
        results =
            ComputeThreads.dividedAmong(
                workers,
                () ->
                    ZeroShot.evaluate(
                        ghn, architectures, number, seen, workers, done -> line.show(done, "")));
      }
      ZeroShotReport report =
          ZeroShotReport.of(
              CheckpointReport.of(file),
              new ZeroShotReport.Data(data.toString(), imagesOf, seen.size(), seen.sha256()),
              seed,
              networks == null ? split.toString() : networks,
              results);
      if (isJson()) {
        out.println(JsonOutput.of("evaluate", report));
      } else {
        print(report, out);
      }
    }
    return 0;
  }

  private GhnParameters parameters(Checkpoint file) {
    Device where = TrainingDevices.of(device, 1, 1).first();
    return where.equals(Device.cpu())
        ? GhnParameters.view(file)
        : GhnParameters.copy(file, DataType.FLOAT32, where);
  }

  /** Hashes of files, and identities of DeepNets. */
  private static Set<String> trainedWith(Checkpoint file) {
    return Set.of(file.provenance().getOrDefault("training.architectures", "").split(","));
  }

  private Architectures architectures(int classes, Set<String> trainedWith) {
    if (networks != null) {
      ModelFiles files = ModelFiles.of(networks);
      files.requireDisjoint(trainedWith, "trained");
      return files;
    }
    Variant variant = imageSize == Variant.IMAGENET.imageSize() ? Variant.IMAGENET : Variant.CIFAR;
    if (imageSize != variant.imageSize()) {
      throw new ParameterException(
          spec.commandLine(), "DeepNets are for images of 32 or 224 pixels: --image-size");
    }
    DeepNets drawn = DeepNets.of(split, variant, space, seed, classes);
    if (trainedWith.contains(drawn.identity())) {
      throw new ArchitectureException(
          ArchitectureException.OVERLAP,
          "the checkpoint was trained with " + drawn.identity() + ", the networks asked for",
          "Choose another --split, such as test, or another --seed.");
    }
    return drawn;
  }

  private static void print(ZeroShotReport report, PrintWriter out) {
    out.println("| network | parameters | top-1 | top-5 |");
    out.println("|---|---|---|---|");
    for (ZeroShotReport.Network network : report.networks()) {
      out.printf(
          Locale.ROOT,
          "| %s | %,d | %.2f %% | %.2f %% |%n",
          network.name(),
          network.parameters(),
          100 * network.zeroShot().top1(),
          100 * network.zeroShot().top5());
    }
    report
        .summary()
        .forEach(
            (name, summary) ->
                out.printf(
                    Locale.ROOT,
                    "%n%s: %d networks, %d images: zero-shot top-1 %.2f ± %.2f %%, best %.2f %%%n",
                    name,
                    summary.networks(),
                    report.data().images(),
                    100 * summary.mean(),
                    100 * summary.std(),
                    100 * summary.max()));
  }
}
