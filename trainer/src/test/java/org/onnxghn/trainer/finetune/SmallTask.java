package org.onnxghn.trainer.finetune;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.onnxghn.GraphText;
import org.onnxghn.converter.Conversion;
import org.onnxghn.converter.ConversionOptions;
import org.onnxghn.converter.images.ImageCache;
import org.onnxghn.converter.runtime.ImageOptions;
import org.onnxghn.onnx.WriteOptions;

/** A network and images small enough to train in a test: which way do the stripes run? */
public final class SmallTask {
  static final int SIDE = 12;
  private static final String[] CLASSES = {"across", "diagonal", "down"};

  /** Three layers with everything that has a state: BatchNorm, Dropout, a linear layer. */
  static final String NET =
      """
      <opset_import: ["" : 17]>
      net (float[N,3,12,12] input) => (float[N,CLASSES] output)
      <float[8,3,3,3] conv1.weight, float[8] bn1.weight, float[8] bn1.bias,
       float[8] bn1.mean, float[8] bn1.var, float[12,8,3,3] conv2.weight, float[12] conv2.bias,
       float[CLASSES,12] fc.weight, float[CLASSES] fc.bias, float ratio = {0.1}>
      {
        c1 = Conv <pads = [1,1,1,1]> (input, conv1.weight)
        b1 = BatchNormalization (c1, bn1.weight, bn1.bias, bn1.mean, bn1.var)
        r1 = Relu (b1)
        c2 = Conv <pads = [1,1,1,1], strides = [2,2]> (r1, conv2.weight, conv2.bias)
        r2 = Relu (c2)
        d = Dropout (r2, ratio)
        p = GlobalAveragePool (d)
        f = Flatten (p)
        output = Gemm <transB = 1> (f, fc.weight, fc.bias)
      }
      """;

  /** {@link #NET} for batches of eight images, a number that a Reshape names, too. */
  static final String EIGHT =
      NET.replace("[N,", "[8,")
          .replace("float ratio = {0.1}>", "float ratio = {0.1}, int64[2] rows = {8, 12}>")
          .replace("f = Flatten (p)", "f = Reshape (p, rows)");

  private SmallTask() {}

  /** Class folders below {@code train} and {@code val}. */
  public static Path images(Path folder, int perClass) {
    write(folder.resolve("train"), perClass, 1);
    write(folder.resolve("val"), Math.max(2, perClass / 3), 2);
    return folder;
  }

  private static void write(Path folder, int perClass, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    try {
      for (int label = 0; label < CLASSES.length; label++) {
        Path target = Files.createDirectories(folder.resolve(CLASSES[label]));
        for (int i = 0; i < perClass; i++) {
          ImageIO.write(
              striped(label, random), "png", target.resolve("%03d.png".formatted(i)).toFile());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static BufferedImage striped(int label, SplittableRandom random) {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    int phase = random.nextInt(4);
    int red = 90 + random.nextInt(120);
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        int along = label == 0 ? y : label == 2 ? x : x + y;
        int light = (along + phase) % 4 < 2 ? red : 30;
        int noise = random.nextInt(60);
        image.setRGB(x, y, light + noise / 2 << 16 | light / 2 + noise << 8 | noise);
      }
    }
    return image;
  }

  /** A file with the network, initialised at random. */
  static Path model(Path file, String text, int classes) {
    Path bare = file.resolveSibling("bare-" + file.getFileName());
    GraphText.model(text.replace("CLASSES", "" + classes)).write(bare, WriteOptions.DEFAULT);
    Conversion.convert(bare, file, ConversionOptions.builder().seed(3).build());
    return file;
  }

  /** {@link #NET} with as many classes as the images have. */
  public static Path model(Path folder) {
    return model(folder.resolve("init.onnx"), NET, CLASSES.length);
  }

  /** Options at their defaults but for the recipe. */
  static FineTuneOptions options(Path model, Path images, Path folder, Recipe recipe) {
    Path output = folder.resolve("tuned.onnx");
    return new FineTuneOptions(
        model,
        output,
        FineTuneOptions.defaultRun(output),
        new FineTuneOptions.Data(
            new ImageOptions(images, null, 0, 0, null, ImageCache.in(folder)), null, 0, false),
        recipe,
        AugmentationChoice.AUTO,
        List.of(),
        0,
        5,
        "cpu",
        new FineTuneOptions.Limits(null, Duration.ofMinutes(5)),
        4,
        FineTuneOptions.Start.NEW);
  }

  /** SGD with batches of 16. */
  static Recipe recipe(int epochs) {
    return new Recipe(
        epochs,
        16,
        Recipe.Method.SGD,
        0.1,
        0.9,
        5e-4,
        false,
        Recipe.Course.COSINE,
        0.05,
        0.05,
        0.1,
        Double.POSITIVE_INFINITY);
  }
}
