package org.onnxghn.trainer.train;

import java.util.List;
import java.util.Map;

/**
 * The summary of a run (shared/JSON.md, train).
 *
 * @param steps taken in all
 * @param epochs passes over the images
 * @param seconds of training, all parts of a resumed run together
 * @param best top-1 accuracy of the best evaluation on the split val
 * @param bestStep when that was
 * @param checkpoint the file of the best weights
 * @param skippedSteps steps whose loss was not finite
 * @param waitingShare part of the time in which networks or images were waited for
 * @param cpuSeconds by {@link Phase}, and the rest of the process, of this part of the run
 * @param cpuSecondsPerStep the same for a step
 * @param devices that it was trained on
 * @param precision of the networks' matrix products
 * @param ended why: finished, time or interrupted
 */
public record TrainingReport(
    long steps,
    double epochs,
    double seconds,
    double best,
    long bestStep,
    String checkpoint,
    long skippedSteps,
    double waitingShare,
    Map<String, Double> cpuSeconds,
    Map<String, Double> cpuSecondsPerStep,
    List<String> devices,
    String precision,
    String ended) {}
