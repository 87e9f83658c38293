package org.onnxghn.converter.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import org.onnxghn.converter.report.AccuracyReport;
import org.onnxghn.converter.report.JsonOutput;
import org.onnxghn.converter.report.Style;
import org.onnxghn.converter.runtime.Accuracy;
import org.onnxghn.converter.runtime.AccuracyResult;
import org.onnxghn.converter.runtime.ImageOptions;
import org.onnxghn.onnx.OnnxModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Evaluates a classifier. */
@Command(
    name = "accuracy",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Evaluates any image classifier with ONNX Runtime.",
      "Top-1 and top-5 accuracy, by class, and what it confuses. Class folders count in",
      "the order of their names."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  onnx-ghn accuracy tuned.onnx --data cifar10",
      "  onnx-ghn accuracy resnet50.onnx --data imagenet --split val --json",
      "  onnx-ghn accuracy lenet.onnx --data fashion-mnist --mean 0.286 --std 0.353"
    })
final class AccuracyCommand implements CliCommand {
  @Spec private CommandSpec spec;
  @Mixin private FormatOption format;

  @Parameters(paramLabel = "MODEL", description = "An ONNX model that takes images.")
  private Path model;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = {
        "Folders of JPEG or PNG files, one for each class (in train, val,",
        "test or directly), CIFAR's binary files, or IDX files as MNIST's."
      })
  private Path data;

  @Mixin private DataOptions dataOptions;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Images of a batch, if the model leaves that free (default: ${DEFAULT-VALUE}).")
  private int batch = 64;

  @Override
  public boolean isJson() {
    return format.isJson();
  }

  @Override
  public Integer call() {
    if (batch < 1) {
      throw new ParameterException(spec.commandLine(), "--batch is a positive number");
    }
    OnnxModel onnx = OnnxModel.read(model);
    ImageOptions.Prepared images =
        dataOptions.of(data).open(onnx, done -> progress("decoded", done));
    AccuracyResult result =
        Accuracy.measure(
            model,
            images.input(),
            images.images(),
            images.normalisation(),
            batch,
            done -> progress("scored", done));
    AccuracyReport report =
        new AccuracyReport(model.toString(), onnx.sha256(), images.summary(), result);
    PrintWriter out = spec.commandLine().getOut();
    if (isJson()) {
      out.println(JsonOutput.of("accuracy", report));
    } else {
      out.print(report.text(Style.detect()));
    }
    return 0;
  }

  private void progress(String what, int images) {
    if (System.console() != null) {
      PrintWriter err = spec.commandLine().getErr();
      err.print(what + " " + images + " images …\r");
      err.flush();
    }
  }
}
