package org.onnxghn.converter;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.onnxghn.converter.report.ConversionReport;
import org.onnxghn.converter.report.Coverage;
import org.onnxghn.converter.report.ParameterReport;
import org.onnxghn.converter.report.Seconds;
import org.onnxghn.converter.runtime.Verification;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.StoredTensor;

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
    Map<String, StoredTensor> stored = byName(model);
    double importSeconds = watch.lap();

    progress.accept("predicting " + imported.parameters().size() + " parameters");
    Prediction prediction =
        Prediction.predict(imported.graph(), options.checkpoint(), options.seed());
    ClassifierHead head = ClassifierHead.of(imported.graph());
    Set<ParameterSlot> randomHead =
        head.isRandom(options.head(), prediction.numClasses()) ? head.slots() : Set.of();
    SourceChoice choice = new SourceChoice(options, name -> hasData(stored, name));
    List<Assignment> assignments = choice.choose(imported, prediction, randomHead);
    Map<String, float[]> values =
        InitialValues.of(imported, assignments, prediction.parameters().values(), options);

    List<Finding> findings = new ArrayList<>(choice.relevant(imported.findings()));
    findings.addAll(choice.findings());
    head.finding(options.head(), prediction.numClasses()).ifPresent(findings::add);
    findings.addAll(
        StatisticsReset.apply(imported, values, options, name -> hasData(stored, name)));
    Coverage coverage = Reports.coverage(assignments);
    OnnxModel result =
        model
            .withParameters(values)
            .withMetadata(Provenance.of(prediction.checkpoint(), options, coverage));
    List<ParameterReport> parameters = Reports.parameters(assignments, byName(result));
    double predictSeconds = watch.lap() - prediction.loadSeconds();

    OutputFile.Written written = new OutputFile.Written(List.of(), null, 0);
    if (coverage.fraction() < options.minCoverage()) {
      findings.add(Findings.lowCoverage(coverage, options.minCoverage()));
    } else {
      progress.accept("writing " + output);
      written = target.write(result, options);
      Findings.verification(written.verification(), options.keepUnverified())
          .ifPresent(findings::add);
    }
    Verification verification = written.verification();
    return new ConversionReport(
        Reports.input(input, model, imported),
        Reports.output(output, written.files()),
        prediction.checkpoint(),
        Reports.graph(imported.graph()),
        parameters,
        coverage,
        null,
        verification,
        findings,
        new Seconds(
            importSeconds,
            prediction.loadSeconds(),
            predictSeconds,
            written.writeSeconds(),
            verification == null ? 0 : verification.seconds(),
            watch.total()));
  }

  private static boolean hasData(Map<String, StoredTensor> tensors, String name) {
    StoredTensor tensor = tensors.get(name);
    return tensor != null && tensor.hasData();
  }

  private static Map<String, StoredTensor> byName(OnnxModel model) {
    return model.tensors().stream()
        .collect(Collectors.toMap(StoredTensor::name, Function.identity()));
  }
}
