package org.onnxghn.trainer.deepnets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.onnxghn.GraphText;
import org.onnxghn.SharedData;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.trainer.deepnets.Genotype.Edge;

class NetworkStatisticsTest {
  @Test
  void edgesHaveNoDirection() {
    // input - l, input - r, l - sum, r - sum: a ring of four.
    String fork =
        "<opset_import: [\"\" : 17]> net (float[N,3,8,8] x) => (float[N,4,8,8] y)"
            + " <float[4,3,1,1] a, float[4,3,1,1] b> {"
            + " l = Conv(x, a) r = Conv(x, b) y = Add(l, r) }";
    NetworkStatistics ring =
        NetworkStatistics.of(new Architecture("ring", GraphText.model(fork), Map.of()));
    assertThat(ring).isEqualTo(new NetworkStatistics("ring", 4, 4, 24, 2, 4.0 / 3));
  }

  /** The reference's own figures of two networks (ppuda, examples/graph_properties.ipynb). */
  @Test
  void predefinedNetworksHaveTheReferencesFigures() throws IOException {
    Genotype vit =
        new Genotype(
            List.of(new Edge(CellOperation.NONE, 0), new Edge(CellOperation.MSA, 1)),
            List.of(new Edge(CellOperation.NONE, 0), new Edge(CellOperation.AVG_POOL_3X3, 1)),
            List.of(2));
    NetworkOptions options =
        new NetworkOptions(128, 12, 1, 0, 3, 1, false, true, false, true, 1, 0);
    NetworkStatistics transformer =
        NetworkStatistics.of(DeepNets.network("vit", vit, options, Variant.CIFAR, 10));
    assertThat(transformer.nodes()).isEqualTo(129);
    assertThat(transformer.degree()).isCloseTo(2.294573643410853, within(1e-12));
    assertThat(transformer.pathLength()).isCloseTo(10.700096899224807, within(1e-12));

    NetworkStatistics residual =
        NetworkStatistics.of(new Architecture("resnet50", resNetForCifar(), Map.of()));
    assertThat(residual.nodes()).isEqualTo(126);
    assertThat(residual.degree()).isCloseTo(2.238095238095238, within(1e-12));
    assertThat(residual.pathLength()).isCloseTo(11.193269841269842, within(1e-12));
  }

  /** Without the pooling of its stem. */
  private static OnnxModel resNetForCifar() throws IOException {
    try (InputStream in = SharedData.open("torchvision/resnet50.opset13.onnx.gz")) {
      ModelProto.Builder model = ModelProto.parseFrom(in).toBuilder();
      List<NodeProto> nodes = new ArrayList<>(model.getGraph().getNodeList());
      NodeProto pool =
          nodes.stream().filter(n -> n.getOpType().equals("MaxPool")).findFirst().orElseThrow();
      nodes.remove(pool);
      nodes.replaceAll(
          node -> {
            List<String> inputs = new ArrayList<>(node.getInputList());
            inputs.replaceAll(name -> name.equals(pool.getOutput(0)) ? pool.getInput(0) : name);
            return node.toBuilder().clearInput().addAllInput(inputs).build();
          });
      model.getGraphBuilder().clearNode().addAllNode(nodes);
      return OnnxModel.of(model.build());
    }
  }

  /** A chain of n nodes has a mean path of (n + 1) / 3. */
  @Test
  void longChainsAreMeasuredInTime() {
    int layers = 3000;
    StringBuilder text =
        new StringBuilder(
                "<opset_import: [\"\" : 17]> net (float[N,1,2,2] t0) => (float[N,1,2,2] t")
            .append(layers)
            .append(") <float[1,1,1,1] w0");
    IntStream.range(1, layers).forEach(i -> text.append(", float[1,1,1,1] w").append(i));
    text.append("> {");
    IntStream.range(0, layers)
        .forEach(i -> text.append(" t%d = Conv(t%d, w%d)".formatted(i + 1, i, i)));
    NetworkStatistics chain =
        NetworkStatistics.of(
            new Architecture("chain", GraphText.model(text.append(" }").toString()), Map.of()));
    assertThat(chain.nodes()).isEqualTo(layers + 1);
    assertThat(chain.pathLength()).isCloseTo((layers + 2) / 3.0, within(1e-9));
  }
}
