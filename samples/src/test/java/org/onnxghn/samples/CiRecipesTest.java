package org.onnxghn.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.converter.cli.Main;

/** The commands in the recipes of {@code samples/ci} do what the recipes say. */
class CiRecipesTest {
  private static final Pattern CHECK = Pattern.compile("onnx-ghn (check [^>|\\n]*)");

  @TempDir Path folder;

  @Test
  void theCommandsOfTheRecipesRun() throws IOException {
    Path models = Files.createDirectory(folder.resolve("models"));
    Files.copy(Path.of("models/resnet18.onnx"), models.resolve("resnet18.onnx"));
    List<String> commands = commands(Path.of("ci/check-models.yml"));
    commands.addAll(commands(Path.of("ci/pre-commit")));
    assertThat(commands).hasSize(4);
    for (String command : commands) {
      assertThat(run(command, models)).as(command).isZero();
    }
  }

  @Test
  void theGateFailsOnAModelThatIsNone() throws IOException {
    Path models = Files.createDirectory(folder.resolve("models"));
    Files.writeString(models.resolve("broken.onnx"), "no model");
    List<String> commands = commands(Path.of("ci/check-models.yml"));
    assertThat(run(commands.get(commands.size() - 1), models)).isEqualTo(2);
  }

  private static List<String> commands(Path recipe) throws IOException {
    List<String> commands = new ArrayList<>();
    Matcher matcher = CHECK.matcher(Files.readString(recipe));
    while (matcher.find()) {
      commands.add(matcher.group(1).strip());
    }
    return commands;
  }

  private static int run(String command, Path models) {
    List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
    // The hook gets its models from git; the workflow names a folder.
    if (!arguments.remove("models")) {
      arguments.add(models.resolve("resnet18.onnx").toString());
    } else {
      arguments.add(models.toString());
    }
    StringWriter out = new StringWriter();
    return Main.run(arguments.toArray(String[]::new), new PrintWriter(out), new PrintWriter(out));
  }
}
