package org.onnxghn.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.onnx.OnnxGhnException;
import org.onnxghn.trainer.deepnets.Space;

class ConfigFileTest {
  @TempDir private Path folder;

  @Test
  void presetsHaveThePublishedSizes() {
    for (String name : List.of("ghn3-t", "ghn3-s", "ghn3-l", "ghn3-xl", "ghn2")) {
      assertThat(ConfigFile.read(name, List.of()).hypernetwork())
          .as(name)
          .isEqualTo(GhnConfig.preset(name));
    }
    assertThat(ConfigFile.read("ghn3-xl", List.of()).images().colourJitter())
        .containsExactly(0.4, 0.4, 0.4, 0.2);
    assertThatThrownBy(() -> ConfigFile.read("ghn3-t", List.of("images.colourJitter=[1]")))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("colourJitter");
    assertThat(ConfigFile.read("mlp", List.of()).hypernetwork().kind())
        .isEqualTo(GhnConfig.Kind.MLP);
    assertThat(ConfigFile.read("cifar-small", List.of()).architectures().space())
        .isEqualTo(Space.SMALL);
  }

  @Test
  void filesChangeAPreset() throws IOException {
    Path file = folder.resolve("own.yaml");
    Files.writeString(file, "preset: ghn3-s\noptimizer:\n  learningRate: 0.01\n");
    TrainingConfig config = ConfigFile.read(file.toString(), List.of("run.steps=7"));
    assertThat(config.hypernetwork().hidden()).isEqualTo(128);
    assertThat(config.optimizer().learningRate()).isEqualTo(0.01);
    assertThat(config.run().steps()).isEqualTo(7);
    Path copy = folder.resolve("copy.yaml");
    Files.writeString(copy, ConfigFile.write(config));
    assertThat(ConfigFile.read(copy.toString(), List.of())).isEqualTo(config);
  }

  @Test
  void unknownNamesGetTheNearest() throws IOException {
    assertRefused("cifar-smal", "cifar-small");
    Path file = folder.resolve("own.yaml");
    Files.writeString(file, "optimiser:\n  clip: 1\n");
    assertRefused(file.toString(), "'optimizer'");
    Files.writeString(file, "optimizer:\n  learnigRate: 1\n");
    assertRefused(file.toString(), "'learningRate'");
    Files.writeString(file, "optimizer:\n  learningRate: fast\n");
    assertRefused(file.toString(), "");
    Files.writeString(file, "optimizer: [1\n");
    assertRefused(file.toString(), "YAML");
    Files.writeString(file, "run: !!javax.script.ScriptEngineManager []\n");
    assertRefused(file.toString(), "");
    Files.writeString(file, "images:\n  batch: 0\n");
    assertRefused(file.toString(), "");
    assertThatThrownBy(() -> ConfigFile.read("mlp", List.of("steps=1")))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("--set");
  }

  private static void assertRefused(String nameOrFile, String fix) {
    assertThatThrownBy(() -> ConfigFile.read(nameOrFile, List.of()))
        .isInstanceOfSatisfying(
            OnnxGhnException.class,
            e -> {
              assertThat(e.code()).isEqualTo(TrainingException.CONFIG);
              assertThat(e.fix() + e.getMessage()).contains(fix);
            });
  }
}
