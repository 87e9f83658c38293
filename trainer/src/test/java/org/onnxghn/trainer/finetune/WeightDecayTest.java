package org.onnxghn.trainer.finetune;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.onnxghn.GraphText;
import org.onnxghn.converter.images.ImageSpec;
import org.onnxghn.graph.Role;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.trainer.optim.Optimizer;

/** A step without gradients changes nothing but what decays. */
class WeightDecayTest {
  /** A bias that is added, and GroupNorm, as PyTorch exports it. */
  private static final String NET =
      """
      net (float[N,3,12,12] x) => (float[N,3] y)
      <float[8,3,3,3] conv.weight, float[1,8,1,1] conv.bias, int64[3] groups = {0, 4, -1},
       float[4] ones, float[4] zeros, int64[4] planes = {0, 8, 12, 12}, float[8,1,1] norm.scale,
       float[8,1,1] norm.shift, float[3,8] fc.weight, float[3] fc.bias> {
        c = Conv <pads = [1,1,1,1]> (x, conv.weight)
        b = Add (c, conv.bias)
        g = Reshape (b, groups)
        i = InstanceNormalization (g, ones, zeros)
        n = Reshape (i, planes)
        s = Mul (n, norm.scale)
        t = Add (s, norm.shift)
        r = Relu (t)
        p = GlobalAveragePool (r)
        f = Flatten (p)
        y = Gemm <transB = 1> (f, fc.weight, fc.bias)
      }
      """;

  private static Recipe recipe(Recipe.Method method, boolean decayAll) {
    Recipe.Course course = Recipe.Course.CONSTANT;
    return new Recipe(1, 16, method, 0.1, 0.9, 0.5, decayAll, course, 0, 0, 0, 1);
  }

  @ParameterizedTest
  @EnumSource(Recipe.Method.class)
  void biasesAndScalesOfAnyRankStay(Recipe.Method method) {
    OnnxModel model = GraphText.model(NET);
    try (Network network = new Network(model, ImageSpec.square(3, 12), List.of(), Device.cpu());
        Optimizer optimizer =
            recipe(method, false).optimizer(network.leaves(), network.choice().roles())) {
      optimizer.zeroGradients();
      optimizer.step(0.1);
      assertThat(network.values())
          .containsKeys("conv.weight", "conv.bias", "norm.scale", "norm.shift", "fc.weight");
      network
          .values()
          .forEach(
              (name, after) -> {
                float[] before = model.tensor(name).orElseThrow().floats();
                if (name.endsWith(".weight")) {
                  assertThat(after).as(name).isNotEqualTo(before);
                } else {
                  assertThat(after).as(name).isEqualTo(before);
                }
              });
    }
  }

  @Test
  void rolesDecideAndNotRanks() {
    assertThat(decayed(false))
        .containsExactlyInAnyOrder(
            Role.WEIGHT,
            Role.RECURRENT_INPUT_WEIGHT,
            Role.RECURRENT_WEIGHT,
            Role.EMBEDDING,
            Role.POSITION_ENCODING,
            Role.CLASS_TOKEN);
    assertThat(decayed(true)).containsExactlyInAnyOrder(Role.values());
  }

  /** Of tensors of rank 3. */
  private static List<Role> decayed(boolean all) {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      Map<String, NDArray> leaves = new LinkedHashMap<>();
      Map<String, Role> roles = new LinkedHashMap<>();
      for (Role role : Role.values()) {
        NDArray leaf = manager.ones(new Shape(2, 1, 3));
        leaf.setRequiresGradient(true);
        leaves.put(role.name(), leaf);
        roles.put(role.name(), role);
      }
      try (Optimizer optimizer = recipe(Recipe.Method.SGD, all).optimizer(leaves, roles)) {
        optimizer.zeroGradients();
        optimizer.step(0.1);
      }
      return roles.values().stream()
          .filter(role -> leaves.get(role.name()).toFloatArray()[0] != 1)
          .toList();
    }
  }
}
