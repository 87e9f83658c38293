package org.onnxghn.trainer.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import org.onnxghn.converter.report.JsonOutput;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.Sha256;
import org.onnxghn.onnx.WriteOptions;
import org.onnxghn.trainer.deepnets.Architecture;
import org.onnxghn.trainer.run.RunException;
import org.onnxghn.trainer.run.RunFolder;

/**
 * The trained models that a comparison keeps: those of the longest budget, as {@code
 * START/NAME.onnx}. The log knows the hash of each, so that one of another comparison is not taken
 * for it.
 *
 * @param root folder for all of them, or null to keep none
 * @param longest budget in epochs
 */
record SavedModels(Path root, double longest, ResultsLog log) {
  private static final String HASH = "sha256";

  /** Whether an earlier run found the result, and a model that is wanted now is not there. */
  boolean lacks(String key, JsonNode result, Architecture architecture, Initialisation init) {
    if (!isWanted(result.path("epochs").asDouble())
        || result.path("learningRate").asDouble() == 0) {
      return false;
    }
    Path file = file(architecture, init);
    JsonNode saved = log.known(saved(key));
    return saved == null || !Files.exists(file) || !saved.path(HASH).asText().equals(sha256(file));
  }

  /** Keeps the model if its budget is the longest. */
  void write(
      String key, double epochs, OnnxModel model, Architecture architecture, Initialisation init) {
    if (isWanted(epochs)) {
      Path file = file(architecture, init);
      model.write(file, WriteOptions.DEFAULT);
      ObjectNode saved = JsonOutput.tree(Map.of(HASH, sha256(file)));
      log.put(saved(key), saved);
    }
  }

  private boolean isWanted(double epochs) {
    return root != null && epochs >= longest;
  }

  private static String saved(String key) {
    return key + " saved";
  }

  private Path file(Architecture architecture, Initialisation init) {
    return file(folder(root, init), architecture);
  }

  /** A network's file in the folder of a start. */
  static Path file(Path folder, Architecture architecture) {
    return RunFolder.requireOwn(folder.resolve(architecture.name() + ".onnx"));
  }

  private static String sha256(Path file) {
    MessageDigest digest = Sha256.digest();
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  /**
   * Where models go that began so, below the folder for all; it is made if it does not exist.
   *
   * @throws RunException OG-514 when it cannot be made
   */
  static Path folder(Path root, Initialisation init) {
    try {
      return Files.createDirectories(root.resolve(init.toString()));
    } catch (IOException e) {
      throw unwritable(root, e);
    }
  }

  private static RunException unwritable(Path path, IOException e) {
    return new RunException(
        RunException.FILE,
        path + ", for models, cannot be written: " + e.getMessage(),
        "Choose another folder with --save.");
  }
}
