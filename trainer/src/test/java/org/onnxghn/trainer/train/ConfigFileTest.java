package org.onnxghn.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.onnx.OnnxGhnException;
import org.onnxghn.trainer.deepnets.Architectures;
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
    Files.writeString(file, "prest: mlp\n");
    assertRefused(file.toString(), "'preset'");
    Files.writeString(file, "metabatch: 4\n");
    assertRefused(file.toString(), "'optimizer.metaBatch'");
    Files.writeString(file, "optimizer:\n  steps: 4\n");
    assertRefused(file.toString(), "'run.steps'");
    Files.writeString(file, "preset:\n");
    assertRefused(file.toString(), "cifar-small");
    Files.writeString(file, "optimizer:\n  learningRate: fast\n");
    assertRefused(file.toString(), "");
    Files.writeString(file, "optimizer: [1\n");
    assertRefused(file.toString(), "YAML");
    Files.writeString(file, "run: !!javax.script.ScriptEngineManager []\n");
    assertRefused(file.toString(), "");
    Files.writeString(file, "images:\n  batch: 0\n");
    assertRefused(file.toString(), "");
    Files.writeString(file, "run:\n  steps: 1\n  steps: 2\n");
    assertThatThrownBy(() -> ConfigFile.read(file.toString(), List.of()))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("line 3, column 3")
        .hasMessageContaining("duplicate key steps");
    assertThatThrownBy(() -> ConfigFile.read("mlp", List.of("steps=1")))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("--set");
  }

  @Test
  void pathsAreNoMisspeltPresets() {
    for (String path : List.of("nowhere/config.yaml", "config.yaml", "/", "a/b\0c")) {
      assertThatThrownBy(() -> ConfigFile.read(path, List.of()))
          .isInstanceOf(TrainingException.class)
          .hasMessageContaining("is no file")
          .hasMessageNotContaining("preset");
    }
    assertRefused("nowhere/config.yaml", "Check the path");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "optimizer.metaBatch=[1      | is not valid YAML                   | Correct it",
        "architectures.split=        | architectures.split has no value    | one of train, val",
        "run.precision=              | run.precision has no value          | a word",
        "images.batch=''             | images.batch cannot be ''           | whole number",
        "optimizer.learningRate=.inf | learningRate cannot be 'Infinity'   | a finite number",
        "optimizer.learningRate=Infinity | cannot be 'Infinity'            | a finite number",
        "optimizer.clip=.nan         | clip cannot be 'NaN'                | a finite number",
        "optimizer.clip={a: 1}       | clip cannot be                      | a finite number",
        "optimizer.clip=!!float x    | is not valid YAML                   | Correct it",
        "optimizer.schedule=reference | optimizer.warmup is not 0          | Correct it",
        "images.batch=2.7            | batch cannot be '2.7'               | whole number",
        "images.batch=4294967297     | batch cannot be '4294967297'        | at most 2147483647",
        "run.steps=1.9               | steps cannot be '1.9'               | whole number",
        "run.steps=99999999999999999999 | steps cannot be                  | at most 922337",
        "images.flip=2               | flip cannot be '2'                  | true or false",
        "architectures.split=3       | split cannot be '3'                 | bnfree, search",
        "architectures.split='3'     | split cannot be '3'                 | bnfree, search",
        "architectures.split=tset    | split cannot be 'tset'              | Did you mean 'test'",
        "hypernetwork.kind=foo       | kind cannot be 'foo'                | ghn3, ghn2, mlp",
        "hypernetwork.without=[foo]  | without cannot be '[foo]'           | backward_edges",
        "images.colourJitter=[0, ~]  | colourJitter cannot be '[0, null]'  | a finite number",
        "images.colourJitter=[.inf]  | colourJitter cannot be '[Infinity]' | a finite number",
      },
      quoteCharacter = '"')
  void valuesAreTakenAsTheyStandOrRefused(String setting, String message, String fix) {
    assertThatThrownBy(() -> ConfigFile.read("cifar-small", List.of(setting)))
        .isInstanceOfSatisfying(
            TrainingException.class,
            e -> {
              assertThat(e.code()).isEqualTo(TrainingException.CONFIG);
              assertThat(e).hasMessageContaining(message).hasMessageNotContaining("org.onnxghn");
              assertThat(e.fix()).contains(fix);
            });
  }

  /** A few such lines may stand for more than any memory holds, or for something endless. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "images: &a {batch: {x: *a}}",
        "images: {colourJitter: &a [*a]}",
        "l1: &l1 [1, 1]\nl2: [*l1, *l1]",
        "optimizer: &o {clip: 1}\nrun: {steps: *o}"
      })
  void collectionsHaveNoAliases(String yaml) {
    assertThatThrownBy(() -> ConfigFile.parse("own.yaml", yaml))
        .isInstanceOfSatisfying(
            TrainingException.class, e -> assertThat(e.code()).isEqualTo(TrainingException.CONFIG))
        .hasMessageContaining("own.yaml is not valid YAML")
        .hasMessageContaining("aliases");
  }

  @Test
  void numbersMayHaveAliases() {
    TrainingConfig config =
        ConfigFile.parse("own.yaml", "optimizer: {clip: &x 2, weightDecay: *x}");
    assertThat(config.optimizer().weightDecay()).isEqualTo(2);
  }

  @Test
  void theReferencesScheduleHasTenEpochsOrMore() {
    assertThatThrownBy(() -> ConfigFile.read("ghn3-t", List.of("run.epochs=9")))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("run.epochs");
    assertThat(ConfigFile.read("cifar-small", List.of("run.epochs=1")).run().epochs()).isOne();
  }

  @Test
  void theReferencesScheduleHasNoWarmUp() {
    assertThatThrownBy(() -> ConfigFile.read("ghn3-t", List.of("optimizer.warmup=0.1")))
        .isInstanceOfSatisfying(
            TrainingException.class, e -> assertThat(e.code()).isEqualTo(TrainingException.CONFIG))
        .hasMessageContaining("warmup");
    List<String> without = List.of("optimizer.schedule=reference", "optimizer.warmup=0");
    assertThat(ConfigFile.read("cifar-small", without).optimizer().schedule())
        .isEqualTo("reference");
  }

  @Test
  void valuesThatAreTaken() {
    TrainingConfig config =
        ConfigFile.read(
            "cifar-small",
            List.of(
                "optimizer.learningRate=1e-3",
                "optimizer.clip=2",
                "images.flip=false",
                "hypernetwork.kind=GHN3",
                "hypernetwork.without=[edges]",
                "images.colourJitter=[0, 0, 0.5, 0]"));
    assertThat(config.optimizer().learningRate()).isEqualTo(1e-3);
    assertThat(config.optimizer().clip()).isEqualTo(2);
    assertThat(config.images().flip()).isFalse();
    assertThat(config.images().colourJitter()).containsExactly(0.0, 0.0, 0.5, 0.0);
    assertThat(config.hypernetwork().without()).containsExactly(GhnConfig.Ablation.EDGES);
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

  /** GHN3.md 10. */
  @Test
  void presetsHaveThePublishedRecipe() {
    for (String name : List.of("ghn3-t", "ghn3-s", "ghn3-l", "ghn3-xl", "ghn2")) {
      TrainingConfig config = ConfigFile.read(name, List.of());
      TrainingConfig.OptimizerOptions optimizer = config.optimizer();
      assertThat(optimizer.learningRate()).as(name).isEqualTo(4e-4);
      assertThat(optimizer.weightDecay()).as(name).isEqualTo(1e-2);
      assertThat(optimizer.clip()).as(name).isEqualTo(5);
      assertThat(optimizer.labelSmoothing()).as(name).isEqualTo(0.1);
      assertThat(optimizer.schedule()).as(name).isEqualTo("reference");
      assertThat(optimizer.squaredPenalty()).as(name).isFalse();
      assertThat(optimizer.normPenalty()).as(name).isEqualTo(name.equals("ghn2") ? 0 : 3e-5);
      assertThat(optimizer.metaBatch()).as(name).isEqualTo(name.equals("ghn3-xl") ? 16 : 8);
      assertThat(config.images().batch()).as(name).isEqualTo(128);
      assertThat(config.run().epochs()).as(name).isEqualTo(75);
      assertThat(config.architectures().space()).as(name).isEqualTo(Space.FULL);
      assertThat(config.architectures().shallowSteps()).as(name).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cifar-small", "mlp"})
  void aRunOfUsualLengthEndsWithAllNetworks(String preset) {
    TrainingConfig config = ConfigFile.read(preset, List.of());
    Architectures networks = config.trainingNetworks(1);
    long all = config.run().steps() * config.optimizer().metaBatch();
    long shallow =
        LongStream.range(all - all / 100, all)
            .filter(i -> networks.get(i).name().contains("-shallow-"))
            .count();
    assertThat(shallow).isZero();
  }
}
