package org.onnxghn.trainer.train;

import java.nio.file.Path;
import java.time.Duration;
import org.onnxghn.converter.images.ImageCache;
import org.onnxghn.trainer.deepnets.Architectures;

/**
 * What a training run works on; results do not depend on the rest.
 *
 * @param data a folder with images
 * @param run the run folder
 * @param resume whether the run in it goes on
 * @param start a checkpoint to start from, or null for random weights
 * @param architectures to train with instead of DeepNets, or null
 * @param workers that share the architectures of a step
 * @param limit of time, or null
 * @param cache of decoded images
 */
public record TrainingJob(
    Path data,
    Path run,
    boolean resume,
    Path start,
    Architectures architectures,
    int workers,
    Duration limit,
    ImageCache cache) {}
