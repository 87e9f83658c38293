package org.onnxghn.trainer.train;

import java.util.List;
import java.util.Map;

/**
 * The summary of a run (shared/JSON.md, train).
 *
 * @param steps taken in all
 * @param epochs passes over the images
 * @param seconds of training, all parts of a resumed run together
 * @param best top-1 accuracy of the best evaluation on the split val; null before the first
 * @param bestStep when that was
 * @param checkpoint the file of the best weights, or of the newest before the first evaluation
 * @param skippedSteps steps whose loss was not finite
 * @param tooLargeSteps steps left out because their graphs had too many nodes
 * @param waitingShare part of the time in which networks or images were waited for
 * @param cpuSeconds by {@link Phase}, and the rest of the process, of this part of the run
 * @param cpuSecondsPerStep the same for a step; empty where a resumed run had none left
 * @param devices that it was trained on
 * @param precision of the networks' matrix products
 * @param ended why: finished, time or interrupted
 */
public record TrainingReport(
    long steps,
    double epochs,
    double seconds,
    Double best,
    long bestStep,
    String checkpoint,
    long skippedSteps,
    long tooLargeSteps,
    double waitingShare,
    Map<String, Double> cpuSeconds,
    Map<String, Double> cpuSecondsPerStep,
    List<String> devices,
    String precision,
    String ended) {}
