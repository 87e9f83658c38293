package org.onnxghn.trainer.eval;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.converter.cli.Main;
import org.onnxghn.trainer.finetune.SmallTask;

/** Runs {@code onnx-ghn evaluate} on networks that are trained in a blink. */
abstract class EvaluationFixture {
  static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;
  Path images;
  Path networks;
  Path checkpoint;

  record Run(int code, String out, String err) {
    JsonNode json() {
      assertThat(code).as(err + out).isZero();
      try {
        return JSON.readTree(out);
      } catch (IOException e) {
        throw new AssertionError(out, e);
      }
    }
  }

  @BeforeEach
  void task() throws IOException {
    images = SmallTask.images(folder.resolve("data"), 24);
    networks = SmallNetworks.write(folder.resolve("nets"), 3);
    checkpoint = SmallNetworks.checkpoint(folder.resolve("tiny.safetensors"), 3);
  }

  static Run run(Object... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] texts = Arrays.stream(arguments).map(Object::toString).toArray(String[]::new);
    int code = Main.run(texts, new PrintWriter(out), new PrintWriter(err));
    return new Run(code, out.toString(), err.toString());
  }

  Run evaluate(String protocol, Object... more) {
    List<Object> arguments =
        new ArrayList<>(
            List.of("evaluate", protocol, "--checkpoint", checkpoint, "--networks", networks));
    if (!List.of("diversity", "time").contains(protocol)) {
      arguments.addAll(
          List.of("--data", images, "--image-size", 12, "--cache", folder.resolve("cache")));
    }
    arguments.addAll(List.of(more));
    return run(arguments.toArray());
  }

  /** Two kinds of things are drawn, the second one in its colour; texts are outlines. */
  static void requireFigure(Path file) throws IOException {
    String svg = Files.readString(file);
    assertThat(svg.startsWith("<?xml") && svg.contains("<svg")).isTrue();
    assertThat(svg.contains("rgb(255,172,0)")).isTrue();
  }
}
