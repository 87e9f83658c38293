package org.onnxghn.converter.report;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.onnxghn.converter.runtime.AccuracyResult;
import org.onnxghn.converter.runtime.AccuracyResult.ClassAccuracy;
import org.onnxghn.converter.runtime.AccuracyResult.Confusion;
import org.onnxghn.converter.runtime.DataSummary;

/**
 * What {@code onnx-ghn accuracy} prints.
 *
 * @param model the file
 * @param result its fields stand beside these in JSON: top1, top5, images, seconds, perClass …
 */
public record AccuracyReport(
    String model, String sha256, DataSummary data, @JsonUnwrapped AccuracyResult result) {
  private static final int MOST_CLASSES = 20;
  private static final int MOST_COLUMNS = 12;
  private static final int MOST_BAD = 5;
  private static final int MOST_CONFUSED = 5;

  /** For people. */
  public String text(Style style) {
    StringBuilder text = new StringBuilder();
    line(text, "%s on %s (%s, %s)", model, data.path(), data.form(), data.split());
    line(
        text,
        "%d x %d pixels, mean %s, std %s",
        data.height(),
        data.width(),
        data.mean(),
        data.std());
    line(
        text,
        "top-1 %s, top-5 %.2f %% of %,d images in %.1f s (%.0f images/s)",
        style.bold(String.format(Locale.ROOT, "%.2f %%", 100 * result.top1())),
        100 * result.top5(),
        result.images(),
        result.seconds(),
        result.imagesPerSecond());
    if (result.notFinite() > 0) {
      line(text, "%,d images have scores that are not finite", result.notFinite());
    }
    if (result.classes() != data.classes()) {
      line(
          text,
          "the model has %d classes, the data %d: label i counts as the model's class i",
          result.classes(),
          data.classes());
    }
    classes(text);
    matrix(text);
    confused(text);
    badImages(text);
    return text.toString();
  }

  private void classes(StringBuilder text) {
    List<ClassAccuracy> classes =
        result.perClass().stream().filter(entry -> entry.images() > 0).toList();
    boolean all = classes.size() <= MOST_CLASSES;
    line(text, "%s", all ? "" : "the " + MOST_CLASSES + " classes with the lowest accuracy:");
    classes.stream()
        .sorted(
            all
                ? Comparator.comparing(ClassAccuracy::label)
                : Comparator.comparing(ClassAccuracy::top1))
        .limit(MOST_CLASSES)
        .forEach(
            entry ->
                line(
                    text,
                    "%-28s %7d images  top-1 %6.2f %%  top-5 %6.2f %%",
                    Escape.name(entry.name()),
                    entry.images(),
                    100 * entry.top1(),
                    100 * entry.top5()));
  }

  /** A row for each class, a column for each prediction, where both fit on a screen. */
  private void matrix(StringBuilder text) {
    int classes = result.perClass().size();
    if (classes > MOST_COLUMNS || result.classes() != classes || result.notFinite() > 0) {
      return;
    }
    int[][] counts = new int[classes][classes];
    for (Confusion pair : result.confusion()) {
      counts[pair.label()][pair.predicted()] = pair.images();
    }
    line(text, "");
    StringBuilder head = new StringBuilder("predicted:           ");
    for (int column = 0; column < classes; column++) {
      head.append(String.format(Locale.ROOT, "%6d", column));
    }
    line(text, "%s", head.toString());
    for (int row = 0; row < classes; row++) {
      StringBuilder cells = new StringBuilder();
      for (int count : counts[row]) {
        cells.append(String.format(Locale.ROOT, "%6d", count));
      }
      line(text, "%3d %-17.17s%s", row, name(row), cells.toString());
    }
    line(text, "");
  }

  private void confused(StringBuilder text) {
    List<Confusion> most =
        result.confusion().stream()
            .filter(pair -> pair.label() != pair.predicted() && pair.predicted() >= 0)
            .sorted(Comparator.comparing(Confusion::images).reversed())
            .limit(MOST_CONFUSED)
            .toList();
    for (Confusion pair : most) {
      line(
          text,
          "confused: %s taken for %s, %d times",
          name(pair.label()),
          name(pair.predicted()),
          pair.images());
    }
  }

  private String name(int label) {
    return label < result.perClass().size()
        ? Escape.name(result.perClass().get(label).name())
        : "class " + label;
  }

  private void badImages(StringBuilder text) {
    for (String row : badImages(data)) {
      line(text, "%s", row);
    }
  }

  /** What was left out, in a few lines. */
  static List<String> badImages(DataSummary data) {
    int count = data.bad().size();
    if (count == 0) {
      return List.of();
    }
    List<String> rows = new java.util.ArrayList<>();
    rows.add(count + " bad images were left out:");
    data.bad().stream()
        .limit(MOST_BAD)
        .forEach(image -> rows.add("  " + image.name() + ": " + image.problem()));
    if (count > MOST_BAD) {
      rows.add("  … and " + (count - MOST_BAD) + " more (all of them: --format json)");
    }
    return rows;
  }

  private static void line(StringBuilder text, String format, Object... arguments) {
    for (int i = 0; i < arguments.length; i++) {
      // Class and file names are the data set's; bold text is ours.
      if (arguments[i] instanceof String string && !string.startsWith("\u001b[1m")) {
        arguments[i] = Escape.name(string);
      }
    }
    text.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
