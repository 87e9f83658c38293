package org.onnxghn.trainer.finetune;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.onnxghn.converter.images.BadImage;
import org.onnxghn.converter.report.ConversionReport;
import org.onnxghn.converter.report.Escape;
import org.onnxghn.converter.report.Style;
import org.onnxghn.converter.runtime.DataSummary;
import org.onnxghn.graph.Finding;

/**
 * What {@code onnx-ghn finetune} prints.
 *
 * @param input the model's file
 * @param output null when nothing was written
 * @param run the folder of the run
 * @param interrupted whether it ended before its end, and can be resumed
 * @param steps taken
 * @param epochs that were over
 * @param seconds of training and evaluation, without decoding and verification
 * @param best the epoch that the output is from; null when none was over
 * @param last at the end of the training; likewise
 * @param verification of the output in ONNX Runtime; null when interrupted
 */
public record FineTuneReport(
    String input,
    ConversionReport.Output output,
    String run,
    boolean interrupted,
    DataSummary training,
    DataSummary validation,
    int classes,
    Parameters parameters,
    long steps,
    int epochs,
    double seconds,
    Milestone best,
    Milestone last,
    Verification verification,
    List<Finding> findings) {
  private static final int MOST_BAD = 5;

  /**
   * Which parameters were trained.
   *
   * @param trained tensors
   * @param trainedElements of them
   * @param frozen tensors
   * @param batchNormStatistics tensors that training updates without gradients
   */
  public record Parameters(
      int trained, long trainedElements, int frozen, int batchNormStatistics) {}

  /**
   * The output in ONNX Runtime.
   *
   * @param agreement with the executor
   */
  public record Verification(double top1, double top5, Agreement agreement) {}

  /** Copies the list. */
  public FineTuneReport {
    findings = List.copyOf(findings);
  }

  /** Whether no finding is of severity error. */
  public boolean succeeded() {
    return findings.stream().noneMatch(f -> f.severity() == Finding.Severity.ERROR);
  }

  /** For people. */
  public String text(Style style) {
    List<String> lines = new ArrayList<>();
    lines.add(
        format(
            "%s: %,d parameters in %d tensors trained, %d tensors frozen, %d running statistics",
            Escape.name(input),
            parameters.trainedElements(),
            parameters.trained(),
            parameters.frozen(),
            parameters.batchNormStatistics()));
    lines.add(data("training", training));
    lines.add(data("validation", validation));
    badImages(lines, training);
    if (!validation.bad().equals(training.bad())) {
      badImages(lines, validation);
    }
    for (Finding finding : findings) {
      lines.add(
          format(
              "%s %s: %s",
              style.severity(finding.severity()),
              finding.code(),
              Escape.message(finding.message())));
      lines.add("    " + Escape.message(finding.fix()));
    }
    lines.add(format("%,d steps, %d epochs in %.1f s", steps, epochs, seconds));
    if (best != null) {
      lines.add(milestone("best", best, style));
      lines.add(milestone("last", last, style));
    }
    if (verification != null) {
      Agreement agreement = verification.agreement();
      lines.add(
          format(
              "ONNX Runtime: top-1 %.2f %%, top-5 %.2f %%: %,d of %,d images right, the executor"
                  + " %,d",
              100 * verification.top1(),
              100 * verification.top5(),
              agreement.runtime(),
              agreement.images(),
              agreement.executor()));
    }
    lines.add(format("metrics, curves, best and last model: %s", Escape.name(run)));
    lines.add(
        output == null
            ? style.bold(interrupted ? "interrupted: nothing was written" : "nothing was written")
            : format("wrote %s (%,d bytes)", Escape.name(output.path()), output.bytes()));
    return String.join("\n", lines) + "\n";
  }

  private static String data(String use, DataSummary data) {
    return format(
        "%s: %,d images of %d classes, %d x %d, from %s (%s)",
        use,
        data.images(),
        data.classes(),
        data.height(),
        data.width(),
        Escape.name(data.path()),
        Escape.name(data.split()));
  }

  private static void badImages(List<String> lines, DataSummary data) {
    if (data.bad().isEmpty()) {
      return;
    }
    lines.add(format("%d bad images were left out:", data.bad().size()));
    for (BadImage image : data.bad().subList(0, Math.min(MOST_BAD, data.bad().size()))) {
      lines.add("  " + Escape.name(image.name() + ": " + image.problem()));
    }
    if (data.bad().size() > MOST_BAD) {
      lines.add("  … and " + (data.bad().size() - MOST_BAD) + " more (--format json)");
    }
  }

  private static String milestone(String name, Milestone milestone, Style style) {
    return format(
        "%s: epoch %d, validation top-1 %s, top-5 %.2f %%, loss %.4f",
        name,
        milestone.epoch(),
        style.bold(format("%.2f %%", 100 * milestone.top1())),
        100 * milestone.top5(),
        milestone.loss());
  }

  private static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
