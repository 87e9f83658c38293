package org.onnxghn.converter.check;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.onnxghn.converter.Codes;
import org.onnxghn.converter.ConversionException;
import org.onnxghn.converter.TextFile;
import org.onnxghn.converter.report.JsonOutput;

/**
 * The file of findings that are accepted: JSON, with a fingerprint for each and beside it, for the
 * reader of a diff, what it stands for. A low coverage is not accepted by it; that is what {@code
 * --min-coverage} is for.
 */
public final class Baseline {
  private static final long MAX_BYTES = 256L << 20;

  private Baseline() {}

  private record Content(List<Entry> findings) {}

  private record Entry(
      String fingerprint, String model, String code, String node, String opType, String tensor) {}

  /**
   * The fingerprints of a file.
   *
   * @throws ConversionException OG-410
   */
  public static Set<String> read(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw refused(file, "is larger than " + MAX_BYTES + " bytes", null);
      }
      JsonNode root = new ObjectMapper().readTree(Files.readAllBytes(file));
      JsonNode findings = root.path("findings");
      if (!root.path("command").asText().equals("baseline") || !findings.isArray()) {
        throw refused(file, "is not a baseline", null);
      }
      Set<String> fingerprints = new HashSet<>();
      for (JsonNode finding : findings) {
        String fingerprint = finding.path("fingerprint").asText();
        if (!fingerprint.matches("[0-9a-f]{32}")) {
          throw refused(file, "has a finding without a fingerprint", null);
        }
        fingerprints.add(fingerprint);
      }
      return fingerprints;
    } catch (JsonProcessingException e) {
      throw refused(file, "is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw refused(file, "cannot be read: " + e, e);
    }
  }

  /**
   * Writes all findings of a report, known ones too.
   *
   * @throws ConversionException OG-401
   */
  public static void write(Path file, CheckReport report) {
    List<Entry> entries =
        report.models().stream()
            .flatMap(model -> model.findings().stream())
            .filter(finding -> !finding.code().equals(Codes.LOW_COVERAGE))
            .map(
                f ->
                    new Entry(
                        f.fingerprint(), f.model(), f.code(), f.node(), f.opType(), f.tensor()))
            .toList();
    TextFile.write(file, JsonOutput.of("baseline", new Content(entries)) + "\n");
  }

  private static ConversionException refused(Path file, String what, Exception cause) {
    return new ConversionException(
        CheckCodes.BASELINE,
        "baseline " + file + " " + what,
        "Make a new one with onnx-ghn check MODEL… --write-baseline FILE.",
        cause);
  }
}
