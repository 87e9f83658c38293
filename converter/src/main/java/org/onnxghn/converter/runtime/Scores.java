package org.onnxghn.converter.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.onnxghn.converter.runtime.AccuracyResult.ClassAccuracy;
import org.onnxghn.converter.runtime.AccuracyResult.Confusion;

/** Counts right and wrong answers. */
public final class Scores {
  private static final int TOP = 5;

  private final List<String> names;
  private final int[] images;
  private final int[] top1;
  private final int[] top5;
  private final Map<Long, Integer> confusion = new TreeMap<>();
  private int notFinite;

  /** For the classes with these names. */
  public Scores(List<String> names) {
    this.names = names;
    this.images = new int[names.size()];
    this.top1 = new int[names.size()];
    this.top5 = new int[names.size()];
  }

  /** The scores of one image; of equal scores the class with the lower number is first. */
  public void add(float[] scores, int label) {
    images[label]++;
    int best = 0;
    int rank = 0;
    for (int i = 0; i < scores.length; i++) {
      if (!Float.isFinite(scores[i])) {
        notFinite++;
        count(label, -1);
        return;
      }
      best = scores[i] > scores[best] ? i : best;
      rank += scores[i] > scores[label] || scores[i] == scores[label] && i < label ? 1 : 0;
    }
    count(label, best);
    top1[label] += rank == 0 ? 1 : 0;
    top5[label] += rank < TOP ? 1 : 0;
  }

  private void count(int label, int predicted) {
    confusion.merge(((long) label << Integer.SIZE) + predicted + 1, 1, Integer::sum);
  }

  /**
   * What was counted.
   *
   * @param classes scores that the model gives
   * @param seconds that it took
   */
  public AccuracyResult result(int classes, double seconds) {
    List<ClassAccuracy> perClass = new ArrayList<>();
    int total = 0;
    int right = 0;
    int near = 0;
    for (int i = 0; i < images.length; i++) {
      double count = images[i];
      perClass.add(
          images[i] == 0
              ? new ClassAccuracy(i, names.get(i), 0, null, null)
              : new ClassAccuracy(i, names.get(i), images[i], top1[i] / count, top5[i] / count));
      total += images[i];
      right += top1[i];
      near += top5[i];
    }
    List<Confusion> pairs = new ArrayList<>();
    confusion.forEach(
        (pair, count) ->
            pairs.add(new Confusion((int) (pair >> Integer.SIZE), (int) (long) pair - 1, count)));
    return new AccuracyResult(
        (double) right / total,
        (double) near / total,
        total,
        classes,
        seconds,
        total / seconds,
        notFinite,
        perClass,
        pairs);
  }
}
