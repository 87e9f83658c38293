package org.onnxghn.trainer.cli;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.onnxghn.converter.images.Images;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.converter.report.JsonOutput;
import org.onnxghn.trainer.deepnets.Architecture;
import org.onnxghn.trainer.deepnets.Architectures;
import org.onnxghn.trainer.eval.EvaluationImages;
import org.onnxghn.trainer.eval.EvaluationReport;
import org.onnxghn.trainer.eval.ResultsLog;
import org.onnxghn.trainer.eval.ZeroShot;
import org.onnxghn.trainer.exec.ComputeThreads;
import org.onnxghn.trainer.run.ProgressLine;
import org.onnxghn.trainer.train.OwnArchitectures;
import org.onnxghn.trainer.train.TrainingDevices;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Accuracy with no training. */
@Command(
    name = "zero-shot",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Classifies images with predicted parameters, without any training.",
      "BatchNorm uses each batch's own statistics (paper, Table 11)."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  onnx-ghn evaluate zero-shot --data cifar10 --split test --count 100 --space small",
      "  onnx-ghn evaluate zero-shot --checkpoint best.safetensors --data cifar10 \\",
      "      --networks 'nets/*.onnx' --json"
    })
final class ZeroShotCommand extends EvaluationCommand {
  /** How many of a split, where it is not said. */
  private static final int NETWORKS = 100;

  /** Fewer of a batch are worth a word. */
  private static final int FEW_IMAGES = 16;

  @Mixin private ImageOption imageOption;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Images of a batch (default: ${DEFAULT-VALUE}).")
  private int batch = 64;

  @Option(
      names = "--device",
      paramLabel = "D",
      description = "cpu, gpu, or auto: a GPU where there is one (default: ${DEFAULT-VALUE}).")
  private String device = "auto";

  @Override
  void check() {
    require(batch >= 1, "--batch is a positive number");
    imageOption.images();
    require(device.matches("auto|cpu|gpu"), "--device is cpu, gpu or auto");
  }

  @Override
  Device device() {
    return TrainingDevices.of(device, 1, 1).first();
  }

  @Override
  EvaluationReport report(Hypernetwork hypernetwork) {
    int classes = hypernetwork.summary().numClasses();
    Architectures architectures = networks().unseen(classes, hypernetwork, NETWORKS);
    String split = imageOption.split();
    if (split.equals(imageOption.folder().trainingSplit())) {
      output().note("these images (" + split + ") are those to train on: no test of anything");
    }
    Images all = imageOption.open(split, networks().imageSize());
    require(
        all.classNames().size() == classes,
        "the checkpoint predicts for %d classes, the images have %d"
            .formatted(classes, all.classNames().size()));
    EvaluationImages seen =
        EvaluationImages.of(
            all, Normalisation.standard(all.channels()), batch, imageOption.images());
    int asked = Math.min(all.size(), imageOption.images());
    if (seen.size() < asked) {
      output()
          .note(
              "%d of %d images are left out: BatchNorm needs whole batches of %d"
                  .formatted(asked - seen.size(), asked, seen.batchSize()));
    }
    if (seen.batchSize() < FEW_IMAGES) {
      output()
          .note(
              "batches of %d images: BatchNorm's statistics of so few say little, and so does the"
                      .formatted(seen.batchSize())
                  + " accuracy");
    }
    int number = networks().number(architectures, NETWORKS);
    int size = networks().imageSize();
    OwnArchitectures.tryOut(
        architectures,
        number,
        size,
        "evaluated",
        architecture ->
            OwnArchitectures.runPredicted(
                architecture, hypernetwork.ghn(), size, seen.batchSize()));
    EvaluationReport.Data data =
        new EvaluationReport.Data(imageOption.data().toString(), split, seen.size(), seen.sha256());
    Map<String, String> settings =
        new TreeMap<>(
            Map.of(
                "protocol", "zero-shot",
                "checkpoint", hypernetwork.summary().sha256(),
                "images", data.sha256(),
                "batch", Integer.toString(batch)));
    List<JsonNode> results;
    try (ResultsLog log = output().log(settings)) {
      results = evaluate(hypernetwork, architectures, number, seen, log);
    }
    ObjectNode summary = JsonOutput.tree(Map.of());
    summary.set(
        networks().label(),
        JsonOutput.tree(
            ZeroShot.Summary.ofNetworks(
                results, network -> network.path("zeroShot").path("top1").asDouble())));
    return new EvaluationReport(
        hypernetwork.summary(), data, networks().seed(), "zero-shot", settings, results, summary);
  }

  private List<JsonNode> evaluate(
      Hypernetwork hypernetwork,
      Architectures architectures,
      int number,
      EvaluationImages images,
      ResultsLog log) {
    int workers = ComputeThreads.cores();
    try (ProgressLine line = output().progress("networks", number)) {
      return ComputeThreads.dividedAmong(
          workers,
          () ->
              ZeroShot.each(
                  number,
                  workers,
                  index -> {
                    Architecture architecture = architectures.get(index);
                    JsonNode result =
                        log.once(
                            ResultsLog.key(architecture),
                            () ->
                                JsonOutput.tree(
                                    EvaluationReport.ZeroShotNetwork.of(
                                        ZeroShot.evaluate(hypernetwork.ghn(), architecture, images),
                                        networks().label())));
                    // A stored one may have been found by another pattern.
                    return ((ObjectNode) result).put("split", networks().label());
                  },
                  done -> line.show(done, "")));
    }
  }
}
