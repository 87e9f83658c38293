package org.onnxghn.converter;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.onnxghn.converter.report.ConversionReport.CheckpointSummary;
import org.onnxghn.converter.report.Coverage;
import org.onnxghn.converter.report.Version;

/** Where a converted model's parameters come from: entries of its {@code metadata_props}. */
public final class Provenance {
  private Provenance() {}

  /**
   * @param checkpoint null for a plain re-initialisation
   */
  public static Map<String, String> of(
      CheckpointSummary checkpoint, ConversionOptions options, Coverage coverage) {
    Map<String, String> entries = new LinkedHashMap<>();
    entries.put("onnx-ghn.version", Version.get());
    entries.put("onnx-ghn.checkpoint", checkpoint == null ? "none" : checkpoint.name());
    entries.put("onnx-ghn.checkpoint.sha256", checkpoint == null ? "" : checkpoint.sha256());
    entries.put("onnx-ghn.seed", Long.toString(options.seed()));
    entries.put("onnx-ghn.fallback", options.fallback().label());
    entries.put("onnx-ghn.noise", Double.toString(options.noise()));
    entries.put("onnx-ghn.blend", Double.toString(options.blend()));
    entries.put("onnx-ghn.coverage", String.format(Locale.ROOT, "%.6f", coverage.fraction()));
    return entries;
  }
}
