package org.onnxghn.trainer.eval;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.onnx.LayerBuilder;
import org.onnxghn.onnx.LayerBuilder.Window;
import org.onnxghn.onnx.NetworkBuilder;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.WriteOptions;

/** A resumed run does not take results of a network for those of another one of that name. */
class ResumeOtherNetworksTest extends EvaluationFixture {
  private Path others;

  /** Their graphs, without activations, are the same. */
  private static OnnxModel network(String activation) {
    NetworkBuilder net = new NetworkBuilder("net", 17);
    LayerBuilder layers = new LayerBuilder(net);
    String x = net.input("input", "N", 3, 12, 12);
    x = net.op(activation, layers.conv(x, "conv1", 3, 8, Window.same(3, 1), true));
    x = net.op(activation, layers.conv(x, "conv2", 8, 8, Window.same(3, 2), true));
    return net.output(layers.linear(layers.globalAverage(x), "fc", 8, 3), "output", "N", 3).build();
  }

  @BeforeEach
  void write() throws IOException {
    networks = Files.createDirectories(folder.resolve("one"));
    others = Files.createDirectories(folder.resolve("other"));
    network("Relu").write(networks.resolve("net.onnx"), WriteOptions.DEFAULT);
    network("Sigmoid").write(others.resolve("net.onnx"), WriteOptions.DEFAULT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"zero-shot", "variance", "time", "fine-tune"})
  void otherFilesOfTheSameName(String protocol) {
    List<Object> options = new ArrayList<>(List.of("--run", folder.resolve("run"), "--json"));
    if (protocol.equals("fine-tune")) {
      options.addAll(List.of("--initialisations", "he", "--learning-rates", 0.1, "--epochs", 0.1));
    }
    JsonNode first = evaluate(protocol, options.toArray()).json();
    options.add("--resume");
    assertThat(evaluate(protocol, options.toArray()).json()).isEqualTo(first);
    networks = others;
    JsonNode other = evaluate(protocol, options.toArray()).json();
    assertThat(other.path("networks")).hasSize(1).isNotEqualTo(first.path("networks"));
    assertThat(folder.resolve("run/results.jsonl"))
        .content()
        .hasLineCount(protocol.equals("variance") ? 5 : 3);
  }

  @Test
  void otherTrainedWeights() throws IOException {
    Path trained = Files.createDirectories(folder.resolve("trained"));
    JsonNode[] found = new JsonNode[2];
    for (int i = 0; i < 2; i++) {
      Initialisation.HE
          .apply(network("Relu"), new Initialisation.Settings(null, null, 0, 0, i))
          .write(trained.resolve("net.onnx"), WriteOptions.DEFAULT);
      List<Object> options =
          new ArrayList<>(List.of("--trained", trained, "--run", folder.resolve("run"), "--json"));
      if (i > 0) {
        options.add("--resume");
      }
      found[i] = evaluate("variance", options.toArray()).json().findPath("trained");
    }
    assertThat(found[0]).hasSize(3).isNotEqualTo(found[1]);
  }
}
