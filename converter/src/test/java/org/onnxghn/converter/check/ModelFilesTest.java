package org.onnxghn.converter.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.converter.ConversionException;

class ModelFilesTest {
  @TempDir private Path folder;

  private Path model(String name) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.createFile(file);
  }

  private List<Path> find(String... arguments) {
    return ModelFiles.find(Stream.of(arguments).map(argument -> folder + "/" + argument).toList());
  }

  @Test
  void twoStarsBetweenSlashesMayBeNoFolder() throws IOException {
    Path x = model("a/x.onnx");
    Path y = model("a/b/y.onnx");
    Path z = model("a/b/c/z.onnx");
    model("a/readme.txt");
    assertThat(find("a/**/*.onnx")).containsExactlyInAnyOrder(x, y, z);
    assertThat(find("**/b/**/*.onnx")).containsExactlyInAnyOrder(y, z);
    assertThat(find("a/**/b/y.onnx")).containsExactly(y);
    assertThat(find("a/**.onnx")).containsExactlyInAnyOrder(x, y, z);
    assertThat(find("a/**/{x,y}.{onnx,pb}")).containsExactlyInAnyOrder(x, y);
    assertThat(find("{a/**/y,a/b/**/z}.onnx")).containsExactlyInAnyOrder(y, z);
  }

  @Test
  void aFileNamedTwiceIsFoundOnceAsItWasNamedFirst() throws IOException {
    Path x = model("a/x.onnx");
    assertThat(find("a/x.onnx", "./a/x.onnx", "a/../a/x.onnx")).containsExactly(x);
    assertThat(find("a", "./a/x.onnx", "./a", "./a/*.onnx")).containsExactly(x);
    String absolute = Path.of("pom.xml").toAbsolutePath().toString();
    assertThat(ModelFiles.find(List.of("pom.xml", "./pom.xml", absolute)))
        .containsExactly(Path.of("pom.xml"));
  }

  /** Deeper down paths are longer than a system takes: whoever looks there, root too, fails. */
  @Test
  void aPatternWithoutTwoStarsDoesNotLookIntoDeeperFolders() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "needs bash");
    Path x = model("a/x.onnx");
    Path y = model("a/b/y.onnx");
    String deep = "for ((i = 0; i < 25; i++)); do mkdir $name && cd $name || exit 1; done";
    try {
      assumeTrue(bash("name=$(printf %0200d 0); cd a/b; " + deep) == 0, "needs long names");
      assertThat(find("a/*.onnx")).containsExactly(x);
      assertThat(find("a/*/*.onnx")).containsExactly(y);
      assertThatThrownBy(() -> find("a/**.onnx"))
          .isInstanceOfSatisfying(
              ConversionException.class, e -> assertThat(e.code()).isEqualTo("OG-411"));
    } finally {
      bash("rm -rf a/b");
    }
  }

  private int bash(String command) throws Exception {
    return new ProcessBuilder("/bin/bash", "-c", command)
        .directory(folder.toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }
}
