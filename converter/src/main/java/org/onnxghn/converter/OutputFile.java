package org.onnxghn.converter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.onnxghn.converter.runtime.Verification;
import org.onnxghn.converter.runtime.Verifier;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.WriteOptions;

/** Where the result goes: checked before the work, written and verified after it. */
final class OutputFile {
  private final Path path;
  private final WriteOptions writeOptions;

  /**
   * What became of it.
   *
   * @param files model first, then external data; none when it was not kept
   * @param verification null when it was not asked for
   */
  record Written(List<Path> files, Verification verification, double writeSeconds) {
    static final Written NOTHING = new Written(List.of(), null, 0);
  }

  /**
   * Refuses early what would be refused in the end.
   *
   * @throws ConversionException when the folder does not exist or the output is the input
   */
  OutputFile(Path input, Path output, ConversionOptions options) {
    this.path = output.toAbsolutePath();
    this.writeOptions = new WriteOptions(options.externalData(), options.inPlace());
    if (Files.isDirectory(output)) {
      throw new ConversionException(
          Codes.OUTPUT, "output " + output + " is a folder", "Name a file in it.");
    }
    if (!Files.isDirectory(path.getParent())) {
      throw new ConversionException(
          Codes.OUTPUT,
          "folder " + path.getParent() + " of the output does not exist",
          "Make it, or choose another.");
    }
    if (!options.inPlace() && isSame(input, output)) {
      throw new ConversionException(
          Codes.OUTPUT_IS_INPUT,
          "output " + output + " is the input",
          "Choose another output, or allow it with --in-place.");
    }
  }

  private static boolean isSame(Path input, Path output) {
    try {
      return Files.exists(output) && Files.isSameFile(input, output);
    } catch (IOException e) {
      return false; // The input cannot be read: reading it says so.
    }
  }

  /** Whether the result is written over the input. */
  boolean isInput(Path input) {
    return isSame(input, path);
  }

  /**
   * Writes the model. When it is to be verified, it is first written to a temporary folder beside
   * the target, since nothing may be left where it fails.
   */
  Written write(OnnxModel model, ConversionOptions options) {
    Stopwatch watch = new Stopwatch();
    if (!options.verify()) {
      List<Path> files = model.write(path, writeOptions);
      return new Written(files, null, watch.lap());
    }
    try (TemporaryFolder folder = TemporaryFolder.in(path.getParent())) {
      Path trial = folder.path().resolve(path.getFileName());
      List<Path> trialFiles = model.write(trial, new WriteOptions(options.externalData(), false));
      double seconds = watch.lap();
      Verification verification = Verifier.verify(trial, options.seed());
      if (!verification.passed() && !options.keepUnverified()) {
        return new Written(List.of(), verification, seconds);
      }
      watch.lap();
      List<Path> files = keep(model, trial, trialFiles);
      return new Written(files, verification, seconds + watch.lap());
    }
  }

  /**
   * A file of its own is moved. Where there are more, or one would be replaced, the model is
   * written again: only that keeps the input's files safe.
   */
  private List<Path> keep(OnnxModel model, Path trial, List<Path> trialFiles) {
    if (trialFiles.size() == 1 && Files.notExists(path)) {
      try {
        Files.move(trial, path);
        return List.of(path);
      } catch (IOException e) {
        throw new ConversionException(
            Codes.OUTPUT, "cannot write " + path + ": " + e, "Choose another output.", e);
      }
    }
    return model.write(path, writeOptions);
  }
}
