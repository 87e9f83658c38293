package org.onnxghn.converter.check.formats;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.onnxghn.converter.check.CheckReport;
import org.onnxghn.converter.check.ModelCheck;
import org.onnxghn.converter.check.ModelFiles;
import org.onnxghn.converter.check.ModelFinding;
import org.onnxghn.converter.report.Escape;
import org.onnxghn.converter.report.Version;

/**
 * A check as SARIF 2.1.0: each finding is a result, in the order of the models. Verdicts, coverage
 * and advice are in the properties of the models' artifacts, since they are no findings.
 */
final class SarifFormat {
  private static final String SCHEMA =
      "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
  private static final Pattern WITH_DRIVE = Pattern.compile("[A-Za-z]:/");
  private static final HexFormat HEX = HexFormat.of().withUpperCase();
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Map<String, Integer> rules = new LinkedHashMap<>();
  private final boolean baseline;

  private SarifFormat(boolean baseline) {
    this.baseline = baseline;
  }

  /**
   * One JSON object.
   *
   * @param baseline whether there was one, so that results say if they are new
   */
  static String of(CheckReport report, boolean baseline) {
    try {
      ObjectNode log = new SarifFormat(baseline).log(report);
      return Escape.json(MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(log));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree is always writable", e);
    }
  }

  private ObjectNode log(CheckReport report) {
    ObjectNode log = MAPPER.createObjectNode().put("$schema", SCHEMA).put("version", "2.1.0");
    ObjectNode run = log.putArray("runs").addObject();
    ObjectNode driver = run.putObject("tool").putObject("driver");
    ArrayNode artifacts = run.putArray("artifacts");
    ArrayNode results = run.putArray("results");
    run.put("columnKind", "utf16CodeUnits");
    int index = 0;
    for (ModelCheck model : report.models()) {
      artifacts.add(artifact(model));
      for (ModelFinding finding : model.findings()) {
        results.add(result(finding, index));
      }
      index++;
    }
    driver
        .put("name", "onnx-ghn")
        .put("version", Version.get())
        .put("semanticVersion", Version.get());
    ArrayNode list = driver.putArray("rules");
    rules.keySet().forEach(code -> list.add(rule(Rule.of(code), report)));
    return log;
  }

  private static ObjectNode artifact(ModelCheck model) {
    ObjectNode artifact = MAPPER.createObjectNode();
    artifact.putObject("location").put("uri", uri(relative(model.path())));
    ObjectNode properties = artifact.putObject("properties");
    properties.put("verdict", model.verdict().label());
    if (model.coverage() != null) {
      properties.put("coverage", model.coverage().fraction());
    }
    ArrayNode advice = properties.putArray("advice");
    model.advice().forEach(a -> advice.addObject().put("code", a.code()).put("text", a.text()));
    return artifact;
  }

  private static ObjectNode rule(Rule rule, CheckReport report) {
    ObjectNode node = MAPPER.createObjectNode().put("id", rule.code()).put("name", rule.name());
    node.putObject("shortDescription").put("text", rule.description());
    String fix =
        report.findings().stream()
            .filter(finding -> finding.code().equals(rule.code()) && finding.fix() != null)
            .map(ModelFinding::fix)
            .findFirst()
            .orElse("");
    String help = (rule.description() + " " + fix).strip();
    node.putObject("fullDescription").put("text", help);
    node.putObject("help").put("text", help).put("markdown", MarkdownText.escape(help));
    return node;
  }

  private ObjectNode result(ModelFinding finding, int artifact) {
    int rule = rules.computeIfAbsent(finding.code(), code -> rules.size());
    ObjectNode result =
        MAPPER
            .createObjectNode()
            .put("ruleId", finding.code())
            .put("ruleIndex", rule)
            .put("level", finding.severity().label());
    String fix = finding.fix() == null ? "" : ". " + finding.fix();
    result.putObject("message").put("text", finding.message() + fix);
    ObjectNode location = result.putArray("locations").addObject();
    location
        .putObject("physicalLocation")
        .putObject("artifactLocation")
        .put("uri", uri(finding.model()))
        .put("index", artifact);
    logicalLocations(finding, location);
    // GitHub looks at the first one only, whatever it is a hash of.
    result
        .putObject("partialFingerprints")
        .put("primaryLocationLineHash", finding.fingerprint())
        .put("onnxGhn/v1", finding.fingerprint());
    if (baseline) {
      result.put("baselineState", finding.known() ? "unchanged" : "new");
    }
    properties(finding, result.putObject("properties"));
    return result;
  }

  private static void logicalLocations(ModelFinding finding, ObjectNode location) {
    ArrayNode logical = MAPPER.createArrayNode();
    String operator = finding.operator();
    if (finding.node() != null && !finding.node().isEmpty()) {
      logical
          .addObject()
          .put("name", finding.node())
          .put("fullyQualifiedName", operator + "/" + finding.node())
          .put("kind", "function");
    } else if (!operator.isEmpty()) {
      logical.addObject().put("name", operator).put("kind", "function");
    }
    if (finding.tensor() != null) {
      logical.addObject().put("name", finding.tensor()).put("kind", "variable");
    }
    if (!logical.isEmpty()) {
      location.set("logicalLocations", logical);
    }
  }

  private static void properties(ModelFinding finding, ObjectNode properties) {
    properties
        .put("node", finding.node())
        .put("opType", finding.opType())
        .put("domain", finding.domain())
        .put("opset", finding.opset())
        .put("tensor", finding.tensor())
        .put("elements", finding.elements())
        .put("fix", finding.fix());
  }

  /** To the working folder, where it is below that, as services that show SARIF want it. */
  private static String relative(String path) {
    try {
      return ModelFiles.displayed(Path.of(path));
    } catch (InvalidPathException e) {
      return path; // another system's, or a test's
    }
  }

  /** A relative path stays one; what a URI may not hold is percent-encoded. */
  private static String uri(String path) {
    StringBuilder uri = new StringBuilder();
    if (path.startsWith("/")) {
      uri.append("file://");
    } else if (WITH_DRIVE.matcher(path).lookingAt()) {
      uri.append("file:///");
    }
    for (byte unit : path.getBytes(StandardCharsets.UTF_8)) {
      boolean plain =
          unit >= '0' && unit <= '9'
              || unit >= 'A' && unit <= 'Z'
              || unit >= 'a' && unit <= 'z'
              || "/-._~".indexOf(unit) >= 0;
      if (plain) {
        uri.append((char) unit);
      } else {
        uri.append('%').append(HEX.toHexDigits(unit));
      }
    }
    return uri.toString();
  }
}
