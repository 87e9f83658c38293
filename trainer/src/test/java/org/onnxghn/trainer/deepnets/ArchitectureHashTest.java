package org.onnxghn.trainer.deepnets;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.onnxghn.GraphText;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.onnx.OnnxModel;

class ArchitectureHashTest {
  private static OnnxModel model(String text) {
    return GraphText.model("<opset_import: [\"\" : 17]>\n" + text);
  }

  private static String hash(OnnxModel model) {
    return ArchitectureHash.of(GraphImporter.importGraph(model).graph());
  }

  private static final String FORK =
      "net (float[N,3,8,8] x) => (float[N,4,8,8] y) <float[4,3,1,1] a, float[4,3,3,3] b> {"
          + " l = Conv(x, a) r = Conv <pads = [1,1,1,1]> (x, b) y = Add(l, r) }";

  @Test
  void doesNotDependOnNamesOrOrder() {
    String renamed =
        "other (float[N,3,8,8] image) => (float[N,4,8,8] z) <float[4,3,3,3] q, float[4,3,1,1] p> {"
            + " right = Conv <pads = [1,1,1,1]> (image, q) left = Conv(image, p)"
            + " z = Add(right, left) }";
    assertThat(hash(model(renamed))).isEqualTo(hash(model(FORK)));
  }

  @Test
  void dependsOnShapesAndEdges() {
    assertThat(hash(model(FORK.replace("float[4,3,1,1] a", "float[4,3,5,5] a"))))
        .isNotEqualTo(hash(model(FORK)));
    String chain =
        "net (float[N,3,8,8] x) => (float[N,4,8,8] y) <float[4,3,1,1] a, float[4,4,3,3] b> {"
            + " l = Conv(x, a) r = Conv <pads = [1,1,1,1]> (l, b) y = Add(l, r) }";
    assertThat(hash(model(chain))).isNotEqualTo(hash(model(FORK)));
    Set<String> hashes = new HashSet<>();
    DeepNets networks = DeepNets.of(Split.TRAIN, Variant.CIFAR, Space.FULL, 1, 10);
    for (int i = 0; i < 20; i++) {
      hashes.add(hash(networks.get(i).model()));
    }
    assertThat(hashes).hasSize(20);
  }
}
