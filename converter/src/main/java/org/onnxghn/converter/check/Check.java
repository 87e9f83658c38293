package org.onnxghn.converter.check;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.onnxghn.converter.ConversionException;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.Finding.Severity;
import org.onnxghn.onnx.OnnxGhnException;

/**
 * Tells what a hypernetwork could not predict in models, and why. A model that is refused is a
 * result like any other; nothing stops at the first.
 */
public final class Check {
  private final CheckOptions options;
  private final Consumer<Path> progress;
  private final BiConsumer<Path, Throwable> bugs;

  /**
   * @param progress hears of each model before it is read
   * @param bugs hears of what should never be thrown; the model counts as refused
   */
  public Check(CheckOptions options, Consumer<Path> progress, BiConsumer<Path, Throwable> bugs) {
    this.options = options;
    this.progress = progress;
    this.bugs = bugs;
  }

  /** Checks the models one after the other, in this order. */
  public CheckReport run(List<Path> models) {
    List<ModelCheck> results = new ArrayList<>();
    for (Path model : models) {
      progress.accept(model);
      results.add(check(model));
    }
    return CheckReport.of(results);
  }

  private ModelCheck check(Path model) {
    long start = System.nanoTime();
    ModelExamination examination = new ModelExamination(model, options);
    try {
      return examination.examine(start);
    } catch (OnnxGhnException e) {
      return examination.refused(
          finding(e.code(), withoutFile(e.getMessage(), model), e.fix()), start);
    } catch (OutOfMemoryError e) {
      ConversionException refusal = ConversionException.outOfMemory();
      return examination.refused(
          finding(refusal.code(), refusal.getMessage(), refusal.fix()), start);
    } catch (RuntimeException | StackOverflowError e) {
      bugs.accept(model, e);
      return examination.refused(
          finding(
              CheckCodes.BUG,
              "this model meets a bug of ours: " + e,
              "Please report it with the stack trace and, if you can, the model."),
          start);
    }
  }

  /** The result names the file already. */
  private static String withoutFile(String message, Path model) {
    String prefix = model + ": ";
    return message.startsWith(prefix) ? message.substring(prefix.length()) : message;
  }

  private static Finding finding(String code, String message, String fix) {
    return new Finding(code, Severity.ERROR, message, null, null, null, null, 0, fix);
  }
}
