package org.onnxghn.trainer.deepnets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.GraphText;
import org.onnxghn.onnx.WriteOptions;

/** Users' own architectures: what is taken, in which order, and beside what. */
class ModelFilesTest {
  @TempDir private Path folder;

  private void write(String name, int channels) throws IOException {
    Files.createDirectories(folder.resolve(name).getParent());
    String text =
        "<opset_import: [\"\" : 17]> net (float[N,3,8,8] x) => (float[N,%d,8,8] y)"
            + " <float[%d,3,1,1] w> { y = Conv(x, w) }";
    GraphText.model(text.formatted(channels, channels))
        .write(folder.resolve(name), WriteOptions.DEFAULT);
  }

  private static List<String> names(Architectures architectures, long count) {
    return LongStream.range(0, count).mapToObj(i -> architectures.get(i).name()).toList();
  }

  @Test
  void filesMustBeUsableAndDiffer() throws Exception {
    assertThatThrownBy(() -> ModelFiles.of(folder.toString()))
        .isInstanceOf(ArchitectureException.class)
        .hasMessageContaining("no model is found");
    write("a.onnx", 4);
    assertThat(ModelFiles.of(folder.toString()).size()).isEqualTo(1);
    write("b.onnx", 4);
    Files.writeString(folder.resolve("c.onnx"), "no model");
    assertThatThrownBy(() -> ModelFiles.of(folder + "/*.onnx"))
        .isInstanceOf(ArchitectureException.class)
        .hasMessageContaining("b.onnx: the same graph, but perhaps for activations, as")
        .hasMessageContaining("c.onnx");
    assertThat(ModelFiles.of(folder + "/a*").get(0).name()).isEqualTo("a");
  }

  @Test
  void foldersAndPatternsAreThoseOfCheck() throws IOException {
    write("one/a.onnx", 1);
    write("one/deep/b.ONNX", 2);
    write("two/c.onnx", 3);
    write("[two]/d.onnx", 4);
    assertThat(names(ModelFiles.of(folder.toString()), 4)).containsExactly("d", "a", "b", "c");
    assertThat(names(ModelFiles.of(folder + "/*/[a-c].onnx"), 2)).containsExactly("a", "c");
    assertThat(names(ModelFiles.of(folder + "/{one,two}/**.{onnx,ONNX}"), 3))
        .containsExactly("a", "b", "c");
    assertThat(names(ModelFiles.of(folder + "/one/a.onnx"), 1)).containsExactly("a");
    assertThat(names(ModelFiles.of(folder + "/[two]"), 1)).containsExactly("d");
  }

  @Test
  void filesOfOneNameAreToldApartByTheirFolders() throws IOException {
    write("one/net.onnx", 1);
    write("two/net.onnx", 2);
    write("three/x/last.onnx", 3);
    write("four/x/last.onnx", 4);
    write("other.onnx", 5);
    ModelFiles files = ModelFiles.of(folder.toString());
    assertThat(names(files, 5))
        .containsExactly("four-x-last", "one-net", "other", "three-x-last", "two-net");
    assertThat(names(new ReshuffledArchitectures(files, 1), 5))
        .doesNotHaveDuplicates()
        .contains("two-net");
  }

  @Test
  void theHashIsOfNamesAndGraphsAndNotOfPlaces() throws IOException {
    write("one/a.onnx", 4);
    write("one/b.onnx", 5);
    String hash = ModelFiles.of(folder + "/one").sha256();
    Files.move(folder.resolve("one"), folder.resolve("two"));
    assertThat(ModelFiles.of(folder + "/two").sha256()).isEqualTo(hash);
    assertThat(ModelFiles.of(folder + "/two/../two/*.onnx").sha256()).isEqualTo(hash);
    write("two/b.onnx", 6);
    String other = ModelFiles.of(folder + "/two").sha256();
    assertThat(other).hasSameSizeAs(hash).isNotEqualTo(hash);
    write("two/b.onnx", 5);
    assertThat(ModelFiles.of(folder + "/two").sha256()).isEqualTo(hash);
    Files.move(folder.resolve("two/b.onnx"), folder.resolve("two/c.onnx"));
    assertThat(ModelFiles.of(folder + "/two").sha256()).isNotEqualTo(hash);
  }

  @Test
  void whatIsNotFoundIsRefused() throws IOException {
    write("locked/a.onnx", 1);
    File locked = folder.resolve("locked").toFile();
    List<String> wrong = new ArrayList<>(List.of("[*.onnx", "*/none*", "none", "none.onnx", "{"));
    // Who may read everything reads this, too.
    if (locked.setReadable(false) && !locked.canRead()) {
      wrong.add("locked");
    }
    for (String name : wrong) {
      assertThatThrownBy(() -> ModelFiles.of(folder + "/" + name))
          .as(name)
          .isInstanceOfSatisfying(
              ArchitectureException.class,
              e -> assertThat(e.code()).isEqualTo(ArchitectureException.NONE))
          .hasMessageContaining(name);
    }
    assertThat(locked.setReadable(true)).isTrue();
  }

  @Test
  void eachPassHasAllFilesInAnOrderThatTheSeedDecides() throws IOException {
    for (int i = 0; i < 12; i++) {
      write("net%02d.onnx".formatted(i), i + 1);
    }
    ModelFiles files = ModelFiles.of(folder.toString());
    List<String> byName = names(files, 12);
    assertThat(byName).isSorted();
    List<String> shuffled = names(new ReshuffledArchitectures(files, 1), 24);
    List<String> first = shuffled.subList(0, 12);
    List<String> second = shuffled.subList(12, 24);
    assertThat(first).isNotEqualTo(byName).containsExactlyInAnyOrderElementsOf(byName);
    assertThat(second).isNotEqualTo(first).containsExactlyInAnyOrderElementsOf(byName);
    ReshuffledArchitectures again = new ReshuffledArchitectures(files, 1);
    assertThat(again.get(23).name()).isEqualTo(second.get(11));
    assertThat(names(again, 24)).isEqualTo(shuffled);
    assertThat(names(new ReshuffledArchitectures(files, 2), 12)).isNotEqualTo(first);
  }

  @Test
  void aMixtureHasTheShareAndBeginsTheFilesAgain() throws IOException {
    write("one.onnx", 1);
    write("two.onnx", 2);
    ModelFiles files = ModelFiles.of(folder.toString());
    DeepNets deepNets = DeepNets.of(Split.TRAIN, Variant.CIFAR, Space.SMALL, 1, 10);
    Architectures mixed = MixedArchitectures.of(files, deepNets, 0.4);
    String first = deepNets.get(0).name();
    String last = deepNets.get(5).name();
    List<String> names = names(mixed, 10);
    assertThat(names).startsWith(first).endsWith("two").contains(last);
    assertThat(names.stream().filter(name -> name.matches("one|two")))
        .containsExactly("one", "two", "one", "two");
    assertThat(MixedArchitectures.of(files, deepNets, 1)).isSameAs(files);
  }
}
