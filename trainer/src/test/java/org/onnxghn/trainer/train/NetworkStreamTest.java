package org.onnxghn.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.trainer.deepnets.ArchitectureHash;
import org.onnxghn.trainer.deepnets.DeepNets;
import org.onnxghn.trainer.deepnets.Space;
import org.onnxghn.trainer.deepnets.Split;
import org.onnxghn.trainer.deepnets.Variant;
import org.onnxghn.trainer.exec.Precision;

class NetworkStreamTest {
  private static final DeepNets NETWORKS =
      DeepNets.of(Split.TRAIN, Variant.CIFAR, Space.SMALL, 1, 10);

  private static List<String> step(long step, Set<String> excluded) {
    try (NetworkStream stream =
        new NetworkStream(
            NETWORKS,
            2,
            step,
            excluded,
            Precision.FLOAT32,
            List.of(Device.cpu()),
            new PhaseTimes())) {
      List<TargetNetwork> networks = stream.next();
      List<String> names = networks.stream().map(TargetNetwork::name).toList();
      networks.forEach(TargetNetwork::close);
      return names;
    }
  }

  @Test
  void aStepsNetworksDependOnTheStepAlone() {
    assertThat(step(1, Set.of())).containsExactly(NETWORKS.get(2).name(), NETWORKS.get(3).name());
  }

  @Test
  void evaluatedNetworksAreReplaced() {
    String hash = ArchitectureHash.of(GraphImporter.importGraph(NETWORKS.get(2).model()).graph());
    List<String> names = step(1, Set.of(hash));
    assertThat(names.get(0)).isNotEqualTo(NETWORKS.get(2).name());
    assertThat(names.get(1)).isEqualTo(NETWORKS.get(3).name());
  }
}
