package org.onnxghn.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.SharedData;
import org.onnxghn.SharedImages;
import org.onnxghn.converter.Conversion;
import org.onnxghn.converter.ConversionOptions;
import org.onnxghn.converter.images.DataFolder;
import org.onnxghn.converter.images.ImageCache;
import org.onnxghn.converter.images.ImageSpec;
import org.onnxghn.converter.images.Images;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.converter.runtime.BatchNormRecalibration;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.trainer.exec.Program;

/** ONNX Runtime's recalibration finds the batch statistics of the executor in training mode. */
class RecalibrationAgreementTest {
  private static final int COUNT = 32;
  private static final int SIZE = 64;

  private static final Normalisation NORMALISATION = Normalisation.standard(3);

  @TempDir private Path folder;

  private OnnxModel initialised(String network) throws Exception {
    Path weightless = folder.resolve("in.onnx");
    try (InputStream in = SharedData.open("golden/onnx/" + network + ".nc10.opset17.onnx.gz")) {
      Files.copy(in, weightless);
    }
    Path out = folder.resolve("out.onnx");
    Conversion.convert(weightless, out, ConversionOptions.builder().verify(false).build());
    return OnnxModel.read(out);
  }

  /** The same in all layers of a network. */
  private static double momentum(OnnxModel model) {
    return model.proto().getGraph().getNodeList().stream()
        .filter(node -> node.getOpType().equals("BatchNormalization"))
        .flatMap(node -> node.getAttributeList().stream())
        .filter(attribute -> attribute.getName().equals("momentum"))
        .findFirst()
        .orElseThrow()
        .getF();
  }

  @ParameterizedTest
  @ValueSource(strings = {"resnet18", "mobilenet_v3_small"})
  void recalibrationIsTheExecutorsBatchStatistics(String network) throws Exception {
    OnnxModel model = initialised(network);
    String input = model.proto().getGraph().getInput(0).getName();
    Images images =
        DataFolder.of(SharedImages.cifar10("test", 100))
            .open("test", ImageSpec.square(3, SIZE), ImageCache.in(folder), done -> {})
            .subset(IntStream.range(0, COUNT).map(i -> i * 30).toArray());
    BatchNormRecalibration.Result result =
        BatchNormRecalibration.apply(model, images, NORMALISATION, name -> false, done -> {});
    assertThat(result.layers()).isGreaterThan(10);
    assertThat(result.findings()).isEmpty();

    Augmentation augmentation = Augmentation.evaluation(SIZE, SIZE, NORMALISATION);
    double momentum = momentum(model);
    int compared = 0;
    try (Batches batches =
            new Batches(images, augmentation, BatchOptions.evaluation(COUNT), Position.START);
        Batch batch = batches.next();
        NDManager manager = NDManager.newBaseManager();
        Program program = Program.compile(model);
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray x = manager.create(batch.images(), new Shape(COUNT, 3, SIZE, SIZE));
      Map<String, NDArray> next =
          program.run(Map.of(input, x), Map.of(), Program.Mode.TRAINING).runningStatistics();
      assertThat(next).hasSize(2 * result.layers());
      for (Map.Entry<String, NDArray> statistic : next.entrySet()) {
        float[] executor = statistic.getValue().toFloatArray();
        float[] before = model.tensor(statistic.getKey()).orElseThrow().floats();
        float[] recalibrated = result.model().tensor(statistic.getKey()).orElseThrow().floats();
        for (int i = 0; i < executor.length; i++) {
          double expected = (executor[i] - momentum * before[i]) / (1 - momentum);
          assertThat((double) recalibrated[i])
              .as("%s[%d]", statistic.getKey(), i)
              .isCloseTo(expected, within(1e-3 * Math.max(0.1, Math.abs(expected))));
          compared++;
        }
      }
    }
    assertThat(compared).isGreaterThan(1000);
  }
}
