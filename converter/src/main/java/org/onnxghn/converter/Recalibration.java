package org.onnxghn.converter;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.onnxghn.converter.report.RecalibrationReport;
import org.onnxghn.converter.runtime.Verification;
import org.onnxghn.graph.Finding;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.StoredTensor;

/** A model with new BatchNorm statistics, everything else unchanged. */
public final class Recalibration {
  private Recalibration() {}

  /**
   * Reads the input, estimates its running statistics from images, writes and verifies the output.
   * A model that has none is written as it is.
   *
   * @param options with {@link ConversionOptions#calibration}; of the others, those on writing and
   *     verifying, the seed, {@code keep} and {@code only} count
   * @return what was done; {@link RecalibrationReport#succeeded} says whether the output is there
   * @throws org.onnxghn.onnx.OnnxGhnException when the input, the images or the request is refused;
   *     nothing is written then
   */
  public static RecalibrationReport recalibrate(
      Path input, Path output, ConversionOptions options, Consumer<String> progress) {
    Stopwatch watch = new Stopwatch();
    OutputFile target = new OutputFile(input, output, options);
    OnnxModel model = OnnxModel.read(input);
    Calibration.Outcome outcome = options.calibration().apply(model, options, progress);
    progress.accept("writing " + output);
    OutputFile.Written written = target.write(outcome.model(), options);
    List<Finding> findings = new ArrayList<>(outcome.findings());
    Selection selection = new Selection(options.keep(), options.only());
    findings.addAll(selection.unmatched(model.tensors().stream().map(StoredTensor::name).toList()));
    Verification verification = written.verification();
    if (verification != null && !verification.passed()) {
      findings.add(Findings.verification(verification, options.keepUnverified(), false));
    }
    return new RecalibrationReport(
        input.toString(),
        Reports.output(output, written.files()),
        outcome.data(),
        outcome.report(),
        verification,
        findings,
        watch.total());
  }
}
