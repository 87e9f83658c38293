package org.onnxghn.trainer.deepnets;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ShallowFirstTest {
  private static final DeepNets ALL = DeepNets.of(Split.TRAIN, Variant.CIFAR, Space.SMALL, 1, 10);
  private static final ShallowFirst NETWORKS = new ShallowFirst(ALL, 60);

  @Test
  void theFirstAreShallowAndDiffer() {
    assertThat(LongStream.range(0, 60).mapToObj(NETWORKS::get))
        .allSatisfy(
            network -> {
              Map<String, String> properties = network.properties();
              assertThat(Integer.parseInt(properties.get("cells"))).isBetween(3, 4);
              assertThat(properties).containsEntry("norm", "bn");
              assertThat(properties).containsEntry("transformer", "false");
              assertThat(network.model().toProto().getGraph().getNodeList())
                  .noneMatch(node -> node.getOpType().equals("Dropout"));
            });
    assertThat(LongStream.range(0, 60).mapToObj(i -> NETWORKS.get(i).properties()).distinct())
        .hasSizeGreaterThan(50);
  }

  @ParameterizedTest
  @EnumSource
  void everySplitHasShallowNetworks(Split split) {
    for (Space space : Space.values()) {
      Architecture network = DeepNets.of(split, Variant.CIFAR, space, 1, 10).shallow().get(0);
      assertThat(network.name()).contains("-shallow-");
      assertThat(network.properties())
          .containsEntry("transformer", "false")
          .containsEntry("norm", split == Split.BNFREE ? "none" : "bn");
    }
  }

  @Test
  void theirShareFallsToNone() {
    assertThat(shallow(60, 80)).isGreaterThan(shallow(80, 100)).isLessThanOrEqualTo(20);
    assertThat(shallow(80, 100)).isGreaterThan(shallow(100, 120));
    assertThat(shallow(60, 120)).isBetween(25L, 35L);
    assertThat(shallow(120, 160)).isZero();
    assertThat(NETWORKS.get(120).model().toProto()).isEqualTo(ALL.get(120).model().toProto());
  }

  @Test
  void theSameIndexIsTheSameNetwork() {
    ShallowFirst again = new ShallowFirst(ALL, 60);
    again.get(7);
    assertThat(again.get(3).model().toProto()).isEqualTo(NETWORKS.get(3).model().toProto());
  }

  private static long shallow(long from, long to) {
    return LongStream.range(from, to)
        .filter(i -> NETWORKS.get(i).name().contains("-shallow-"))
        .count();
  }
}
