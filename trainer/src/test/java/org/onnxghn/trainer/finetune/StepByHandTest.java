package org.onnxghn.trainer.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.converter.images.ImageCache;
import org.onnxghn.converter.images.Images;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.converter.runtime.ImageOptions;
import org.onnxghn.onnx.OnnxModel;

/**
 * Three steps of logistic regression with SGD, from the command's point of view, against the
 * equations computed here in double: images, smoothed targets, gradient, momentum, decay, schedule.
 */
class StepByHandTest {
  private static final int STEPS = 3;
  private static final int CLASSES = 3;
  private static final int INPUTS = 3 * SmallTask.SIDE * SmallTask.SIDE;
  private static final double RATE = 0.02;
  private static final double MOMENTUM = 0.9;
  private static final double DECAY = 0.01;
  private static final double SMOOTHING = 0.1;

  @TempDir Path folder;

  @Test
  void threeSteps() throws IOException {
    Path images = SmallTask.images(folder.resolve("data"), 10);
    Path model =
        SmallTask.model(
            folder.resolve("linear.onnx"),
            """
            net (float[N,3,12,12] x) => (float[N,CLASSES] y) <float[CLASSES,432] w, float[CLASSES] b>
            {
              f = Flatten (x)
              y = Gemm <transB = 1> (f, w, b)
            }
            """,
            CLASSES);
    Recipe recipe =
        new Recipe(
            STEPS,
            64,
            Recipe.Method.SGD,
            RATE,
            MOMENTUM,
            DECAY,
            false,
            Recipe.Course.COSINE,
            0,
            SMOOTHING,
            0,
            Double.POSITIVE_INFINITY);
    FineTuneOptions usual = SmallTask.options(model, images, folder, recipe);
    FineTuneOptions options =
        new FineTuneOptions(
            model,
            usual.output(),
            usual.run(),
            usual.data(),
            recipe,
            new AugmentationChoice(AugmentationChoice.Kind.NONE, null, null),
            List.of(),
            0,
            5,
            "cpu",
            usual.limits(),
            1,
            FineTuneOptions.Start.NEW);
    FineTuning.run(options, FineTuneObserver.SILENT);

    OnnxModel start = OnnxModel.read(model);
    double[] weight = doubles(start.tensor("w").orElseThrow().floats());
    double[] bias = doubles(start.tensor("b").orElseThrow().floats());
    train(weight, bias, inputs(images, start), labels(images, start));
    OnnxModel last = OnnxModel.read(options.run().resolve("last.onnx"));
    assertThat(doubles(last.tensor("w").orElseThrow().floats()))
        .containsExactly(weight, within(1e-5));
    assertThat(doubles(last.tensor("b").orElseThrow().floats()))
        .containsExactly(bias, within(1e-5));
  }

  private static void train(double[] weight, double[] bias, List<double[]> x, List<Integer> y) {
    double[] weightMomentum = new double[weight.length];
    double[] biasMomentum = new double[bias.length];
    for (int step = 0; step < STEPS; step++) {
      double[] weightGradient = new double[weight.length];
      double[] biasGradient = new double[bias.length];
      for (int i = 0; i < x.size(); i++) {
        double[] p = softmax(weight, bias, x.get(i));
        for (int c = 0; c < CLASSES; c++) {
          double target = SMOOTHING / CLASSES + (y.get(i) == c ? 1 - SMOOTHING : 0);
          double error = (p[c] - target) / x.size();
          biasGradient[c] += error;
          for (int k = 0; k < INPUTS; k++) {
            weightGradient[c * INPUTS + k] += error * x.get(i)[k];
          }
        }
      }
      double rate = RATE * 0.5 * (1 + Math.cos(Math.PI * (step + 0.5) / STEPS));
      for (int i = 0; i < weight.length; i++) {
        weightMomentum[i] = MOMENTUM * weightMomentum[i] + weightGradient[i] + DECAY * weight[i];
        weight[i] -= rate * weightMomentum[i];
      }
      for (int c = 0; c < CLASSES; c++) {
        biasMomentum[c] = MOMENTUM * biasMomentum[c] + biasGradient[c];
        bias[c] -= rate * biasMomentum[c];
      }
    }
  }

  private static double[] softmax(double[] weight, double[] bias, double[] x) {
    double[] p = new double[CLASSES];
    double sum = 0;
    for (int c = 0; c < CLASSES; c++) {
      double logit = bias[c];
      for (int k = 0; k < INPUTS; k++) {
        logit += weight[c * INPUTS + k] * x[k];
      }
      p[c] = Math.exp(logit);
      sum += p[c];
    }
    for (int c = 0; c < CLASSES; c++) {
      p[c] /= sum;
    }
    return p;
  }

  private Images open(Path images, OnnxModel model) {
    return new ImageOptions(images, "train", 0, 0, null, ImageCache.in(folder))
        .open(model, n -> {})
        .images();
  }

  private List<double[]> inputs(Path path, OnnxModel model) {
    Images images = open(path, model);
    Normalisation standard = Normalisation.standard(3);
    List<double[]> inputs = new ArrayList<>();
    byte[] planes = new byte[images.imageBytes()];
    for (int i = 0; i < images.size(); i++) {
      images.read(i, planes);
      double[] x = new double[INPUTS];
      for (int k = 0; k < INPUTS; k++) {
        int channel = k / (SmallTask.SIDE * SmallTask.SIDE);
        x[k] = ((planes[k] & 0xff) / 255.0 - standard.mean()[channel]) / standard.std()[channel];
      }
      inputs.add(x);
    }
    return inputs;
  }

  private List<Integer> labels(Path path, OnnxModel model) {
    Images images = open(path, model);
    List<Integer> labels = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      labels.add(images.label(i));
    }
    return labels;
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }
}
