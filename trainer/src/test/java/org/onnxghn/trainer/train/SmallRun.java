package org.onnxghn.trainer.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.onnxghn.converter.images.ImageCache;
import org.onnxghn.trainer.deepnets.ModelFiles;

/** A training run that takes seconds, and its images. */
public final class SmallRun {
  private static final int RECORD = 1 + 3 * 32 * 32;
  private static final int IMAGES = 128;

  /** Of a hypernetwork with few weights, for six steps. */
  static final List<String> SETTINGS =
      List.of(
          "hypernetwork.hidden=16",
          "hypernetwork.layers=1",
          "hypernetwork.heads=4",
          "hypernetwork.maxChannels=16",
          "images.batch=16",
          "images.validation=32",
          "optimizer.metaBatch=2",
          "run.steps=6",
          "run.saveEvery=2",
          "run.logEvery=1",
          "run.validateEvery=4",
          "run.validationNetworks=2");

  private SmallRun() {}

  /** CIFAR-10's binary form, with images that show their class. */
  public static Path images(Path folder) {
    try {
      Path data = Files.createDirectories(folder.resolve("cifar"));
      Random random = new Random(1);
      for (String name : new String[] {"data_batch_1.bin", "test_batch.bin"}) {
        byte[] bytes = new byte[IMAGES * RECORD];
        random.nextBytes(bytes);
        for (int i = 0; i < bytes.length; i += RECORD) {
          bytes[i] = (byte) (i / RECORD % 10);
          Arrays.fill(bytes, i + 1, i + 1 + 512, (byte) (25 * bytes[i]));
        }
        Files.write(data.resolve(name), bytes);
      }
      return data;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static TrainingConfig config(String preset, String... settings) {
    List<String> all = new ArrayList<>(SETTINGS);
    all.addAll(List.of(settings));
    return ConfigFile.read(preset, all);
  }

  /** In the folder, with {@link #images} there. */
  static TrainingJob job(Path folder, String run, boolean resume, ModelFiles files) {
    return new TrainingJob(
        folder.resolve("cifar"),
        folder.resolve(run),
        resume,
        null,
        files,
        1,
        TrainingDevices.cpu(1),
        null,
        ImageCache.in(folder.resolve("cache")));
  }

  /** The command with these settings; it lacks {@code --run}. */
  public static List<String> command(Path folder, String preset, String... settings) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "train",
                "--config",
                preset,
                "--data",
                folder.resolve("cifar").toString(),
                "--cache",
                folder.resolve("cache").toString()));
    SETTINGS.forEach(setting -> arguments.addAll(List.of("--set", setting)));
    for (String setting : settings) {
      arguments.addAll(List.of("--set", setting));
    }
    return arguments;
  }

  /** Keeps what should be seen. */
  static final class Notes extends Quiet {
    final List<String> notes = new ArrayList<>();

    @Override
    public void note(String message) {
      notes.add(message);
    }
  }

  /** Hears nothing. */
  static class Quiet implements TrainingObserver {
    @Override
    public void preparing(String what, long done, long total) {}

    @Override
    public void begins(long steps, int images) {}

    @Override
    public void step(
        long step, long steps, double loss, double top1, double perSecond, double progress) {}

    @Override
    public void validated(long step, double top1, boolean best) {}

    @Override
    public void note(String message) {}
  }
}
