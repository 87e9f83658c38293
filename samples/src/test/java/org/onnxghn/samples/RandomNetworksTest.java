package org.onnxghn.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.trainer.deepnets.ArchitectureHash;

/** Random networks are usable, distinct, and the same for the same seed. */
class RandomNetworksTest {
  private static final int DRAWS = 60;

  @TempDir private Path folder;

  @TestFactory
  Stream<DynamicTest> everyKind() {
    Map<String, OnnxModel> kinds = new TreeMap<>();
    for (long seed = 0; seed < DRAWS; seed++) {
      OnnxModel network = RandomNetworks.draw(seed, 10);
      kinds.putIfAbsent(network.proto().getGraph().getName(), network);
    }
    assertThat(kinds.keySet())
        .containsExactly(
            "convnext",
            "efficientnet",
            "mobilenet",
            "mobilenetv2",
            "resnet",
            "resnext",
            "vgg",
            "vit");
    return kinds.entrySet().stream()
        .map(
            kind ->
                DynamicTest.dynamicTest(
                    kind.getKey(), () -> SampleNetworks.check(kind.getValue(), folder)));
  }

  @Test
  void theSameSeedGivesTheSameNetwork() {
    assertThat(RandomNetworks.draw(5, 10).proto()).isEqualTo(RandomNetworks.draw(5, 10).proto());
  }

  @Test
  void noNetworkIsWrittenTwiceNorAKnownOne() throws IOException {
    // The 25th draw of this seed is a ResNet that WriteNetworks has, too.
    WriteRandomNetworks.main(new String[] {folder.toString(), String.valueOf(DRAWS), "131", "7"});
    List<Path> files;
    try (Stream<Path> entries = Files.list(folder)) {
      files = entries.toList();
    }
    Set<String> hashes =
        files.stream().map(OnnxModel::read).map(ArchitectureHash::of).collect(Collectors.toSet());
    assertThat(files).hasSize(DRAWS);
    assertThat(hashes).hasSize(DRAWS);
    assertThat(WriteNetworks.all().values())
        .noneMatch(known -> hashes.contains(ArchitectureHash.of(known.apply(7))));
  }
}
