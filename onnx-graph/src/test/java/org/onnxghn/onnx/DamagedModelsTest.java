package org.onnxghn.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.SharedData;

/** Random damage to small models: each is accepted or refused, nothing else is thrown. */
class DamagedModelsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hostile/control_ok_convnet.onnx",
        "hostile/local_function_ok.onnx",
        "hostile/sparse_ok.onnx",
        "hostile/weights_constantofshape.onnx",
        "hostile/nested_if_20.onnx",
        "models/ext/burn-onnx__external_data/external_data.onnx"
      })
  void damageIsRefusedOrHarmless(String relative) throws IOException {
    byte[] original = Files.readAllBytes(SharedData.path(relative));
    Random random = new Random(7);
    Path file = folder.resolve("damaged.onnx");
    Path out = folder.resolve("out.onnx");
    int refused = 0;
    for (int run = 0; run < 400; run++) {
      byte[] bytes = original.clone();
      for (int change = random.nextInt(4); change >= 0; change--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      Files.write(file, bytes);
      try {
        OnnxModel model = OnnxModel.read(file);
        for (StoredTensor tensor : model.tensors()) {
          if (tensor.hasData() && tensor.type().isTrainable()) {
            tensor.floats();
          }
        }
        if (run % 20 == 0) {
          model.write(out, WriteOptions.DEFAULT);
        }
      } catch (OnnxException e) {
        refused++;
      }
    }
    assertThat(refused).isBetween(1, 400);
  }
}
