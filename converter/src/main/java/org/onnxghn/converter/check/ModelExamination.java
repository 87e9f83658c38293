package org.onnxghn.converter.check;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.onnxghn.converter.Codes;
import org.onnxghn.converter.inspect.OperatorInventory;
import org.onnxghn.converter.report.Coverage;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.Finding.Severity;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.Role;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.StoredTensor;

/** The check of one model. */
final class ModelExamination {
  private final Path file;
  private final String path;
  private final CheckOptions options;
  private final Fingerprints fingerprints;

  ModelExamination(Path file, CheckOptions options) {
    this.file = file;
    this.path = file.toString().replace('\\', '/');
    this.options = options;
    this.fingerprints = new Fingerprints(ModelFiles.displayed(file));
  }

  /**
   * Reads and imports the model.
   *
   * @param start {@link System#nanoTime} of the beginning
   */
  ModelCheck examine(long start) {
    OnnxModel model = OnnxModel.read(file);
    Map<String, Long> opsets = new HashMap<>();
    OperatorInventory.opsets(model.proto().getOpsetImportList(), opsets);
    ImportedGraph imported = GraphImporter.importGraph(model);
    SourceForecast forecast =
        new SourceForecast(imported, options.checkpoint(), name -> hasValue(model, name));
    Coverage coverage = forecast.coverage(imported.parameters());

    List<Finding> findings = new ArrayList<>(severe(model, imported));
    findings.addAll(forecast.headFindings());
    if (options.purpose() == CheckOptions.Purpose.FINETUNE) {
      findings.addAll(Executability.findings(model));
    }
    if (coverage.fraction() < options.minCoverage()) {
      findings.add(lowCoverage(coverage));
    }
    return new ModelCheck(
        path,
        Verdict.of(coverage),
        coverage,
        findings.stream().map(f -> located(f, opsets)).toList(),
        Adviser.advise(imported),
        seconds(start));
  }

  /** The result for a model that cannot be imported. */
  ModelCheck refused(Finding reason, long start) {
    return new ModelCheck(
        path, Verdict.REFUSED, null, List.of(located(reason, Map.of())), List.of(), seconds(start));
  }

  private ModelFinding located(Finding finding, Map<String, Long> opsets) {
    String fingerprint = fingerprints.of(finding);
    boolean known =
        options.known().contains(fingerprint) && !finding.code().equals(Codes.LOW_COVERAGE);
    Long opset = finding.domain() == null ? null : opsets.get(finding.domain());
    return ModelFinding.of(path, finding, opset, fingerprint, known);
  }

  /**
   * The importer's findings; a tensor that is neither predicted nor properly initialised is an
   * error.
   */
  private static List<Finding> severe(OnnxModel model, ImportedGraph imported) {
    Map<String, Parameter> parameters = new HashMap<>();
    imported.parameters().forEach(parameter -> parameters.put(parameter.name(), parameter));
    return imported.findings().stream()
        .map(
            finding -> {
              Parameter parameter = parameters.get(finding.tensor());
              boolean lost =
                  parameter != null
                      && parameter.role() == Role.UNKNOWN
                      && parameter.type().isTrainable()
                      && !hasValue(model, parameter.name());
              return lost ? lost(finding) : finding;
            })
        .toList();
  }

  private static Finding lost(Finding finding) {
    return new Finding(
        finding.code(),
        Severity.ERROR,
        finding.message() + ", and the file has no value for it",
        finding.node(),
        finding.opType(),
        finding.domain(),
        finding.tensor(),
        finding.elements(),
        "Export the model with its weights, then it keeps its value; or write an issue with the"
            + " operator's use.");
  }

  private Finding lowCoverage(Coverage coverage) {
    return new Finding(
        Codes.LOW_COVERAGE,
        Severity.ERROR,
        String.format(
            Locale.ROOT,
            "coverage %.4f is below --min-coverage %s",
            coverage.fraction(),
            options.minCoverage()),
        null,
        null,
        null,
        null,
        0,
        "The other findings say what is not predicted, and why.");
  }

  private static boolean hasValue(OnnxModel model, String name) {
    Optional<StoredTensor> tensor = model.tensor(name);
    return tensor.isPresent() && tensor.get().hasData();
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
