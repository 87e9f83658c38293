package org.onnxghn.converter;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.onnxghn.converter.report.ConversionReport;
import org.onnxghn.converter.report.Coverage;
import org.onnxghn.converter.report.Seconds;
import org.onnxghn.converter.runtime.Verification;
import org.onnxghn.converter.runtime.Verifier;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.onnx.OnnxModel;

/**
 * Any ONNX model in, the same model with predicted parameters out. Each step is a class of its own
 * that can be used without this one.
 */
public final class Conversion {
  private Conversion() {}

  /** As {@link #convert(Path, Path, ConversionOptions, Consumer)}, silently. */
  public static ConversionReport convert(Path input, Path output, ConversionOptions options) {
    return convert(input, output, options, step -> {});
  }

  /**
   * Reads the input, predicts, writes and verifies the output.
   *
   * @param progress hears the name of each step as it begins
   * @return what was done; {@link ConversionReport#succeeded} says whether the output is there
   * @throws org.onnxghn.onnx.OnnxGhnException when the input, the checkpoint or the request is
   *     refused; nothing is written then
   */
  public static ConversionReport convert(
      Path input, Path output, ConversionOptions options, Consumer<String> progress) {
    Stopwatch watch = new Stopwatch();
    OutputFile target = new OutputFile(input, output, options);

    progress.accept("importing " + input);
    OnnxModel model = OnnxModel.read(input);
    ImportedGraph imported = GraphImporter.importGraph(model);
    StoredValues stored = new StoredValues(model);
    double importSeconds = watch.lap();

    progress.accept("predicting " + imported.parameters().size() + " parameters");
    Prediction prediction =
        Prediction.predict(imported.graph(), options.checkpoint(), options.seed());
    ClassifierHead head = ClassifierHead.of(imported.graph());
    Set<ParameterSlot> randomHead = head.randomSlots(options.head(), prediction.numClasses());
    SourceChoice choice = new SourceChoice(options, stored);
    List<Assignment> assignments = choice.choose(imported, prediction, randomHead);
    Map<String, float[]> values =
        InitialValues.of(imported, assignments, prediction.parameters().values(), options);
    List<Finding> findings = new ArrayList<>(choice.relevant(imported.findings()));
    findings.addAll(choice.findings());
    findings.addAll(head.findings(options.head(), prediction.numClasses()));
    List<String> reset = StatisticsReset.apply(imported, values, options, stored);

    Coverage coverage = Reports.coverage(assignments);
    OnnxModel result =
        model
            .withParameters(values)
            .withMetadata(Provenance.of(prediction.checkpoint(), options, coverage));
    double predictSeconds = watch.lap() - prediction.loadSeconds();

    ConversionReport.Recalibration recalibrated = null;
    Set<String> estimated = Set.of();
    double recalibrateSeconds = 0;
    OutputFile.Written written = OutputFile.Written.NOTHING;
    if (coverage.fraction() < options.minCoverage()) {
      findings.add(Findings.lowCoverage(coverage, options.minCoverage()));
    } else {
      if (options.calibration() != null) {
        Calibration.Outcome outcome = options.calibration().apply(result, options, progress);
        result = outcome.model();
        recalibrated = outcome.report();
        estimated = outcome.statistics();
        findings.addAll(outcome.findings());
        recalibrateSeconds = watch.lap();
      }
      progress.accept("writing " + output);
      written = target.write(result, options);
    }
    Verification verification = written.verification();
    findings.addAll(StatisticsReset.findings(reset, estimated));
    if (verification != null && !verification.passed()) {
      boolean inputFailsToo =
          (written.files().isEmpty() || !target.isInput(input))
              && stored.haveAll(imported.parameters())
              && !Verifier.verify(input, options.seed()).passed();
      findings.add(Findings.verification(verification, options.keepUnverified(), inputFailsToo));
    }
    return new ConversionReport(
        Reports.input(input, model, imported),
        Reports.output(output, written.files()),
        prediction.checkpoint(),
        Reports.graph(imported.graph()),
        Reports.parameters(assignments, new StoredValues(result)),
        coverage,
        recalibrated,
        verification,
        findings,
        new Seconds(
            importSeconds,
            prediction.loadSeconds(),
            predictSeconds,
            recalibrateSeconds,
            written.writeSeconds(),
            verification == null ? 0 : verification.seconds(),
            watch.total()));
  }
}
