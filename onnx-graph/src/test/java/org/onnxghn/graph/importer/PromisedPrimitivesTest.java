package org.onnxghn.graph.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.onnxghn.graph.importer.GraphEdges.imported;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.onnxghn.graph.GraphNode;
import org.onnxghn.graph.Primitive;

/** What the operator table says that an operator becomes, the importer makes of it. */
class PromisedPrimitivesTest {
  /** For each operator some nodes in which {@code $} stands for it. */
  private static final String NODES =
      """
      ai.onnx Add: y = $ (p, q)
      ai.onnx Attention: y = $ <q_num_heads = 2, kv_num_heads = 2> (a, b, b)
      ai.onnx AveragePool: y = $ <kernel_shape = [2,2]> (p)
      ai.onnx BatchNormalization: y = $ (p, v1, v2, mean, var)
      ai.onnx Concat: y = $ <axis = 1> (p, q)
      ai.onnx ConcatFromSequence: s = SequenceConstruct (p, q); y = $ <axis = 1> (s)
      ai.onnx Conv: y = $ (p, k)
      ai.onnx Einsum: y = $ <equation = "abc,cd->abd"> (a, w)
      ai.onnx Gemm: y = $ (a, w, v1)
      ai.onnx GlobalAveragePool: y = $ (p)
      ai.onnx GlobalMaxPool: y = $ (p)
      ai.onnx LayerNormalization: y = $ (a, v1, v2)
      ai.onnx MatMul: y = $ (a, w)
      ai.onnx MaxPool: y = $ <kernel_shape = [2,2]> (p)
      ai.onnx Mul: m = GlobalAveragePool (p); h = Conv (m, k); g = Sigmoid (h); y = $ (p, g)
      ai.onnx ReduceMean: y = $ (p)
      ai.onnx Softmax: l = MatMul (a, b); s = $ (l); y = MatMul (s, b)
      ai.onnx Sum: y = $ (p, q)
      ai.onnx.preview FlexAttention: y = $ (a, b, b)
      com.microsoft Attention: y = $ <num_heads = 2> (a, w12, v12)
      com.microsoft BiasAdd: y = $ (a, v1, b)
      com.microsoft BiasDropout: y = $ (a, v1, b)
      com.microsoft BiasGelu: y = $ (a, v1)
      com.microsoft BiasSoftmax: l = MatMul (a, b); s = $ (l, r); y = MatMul (s, b)
      com.microsoft BiasSplitGelu: y = $ (a, v1)
      com.microsoft BitmaskBiasDropout: y = $ (a, v1, b)
      com.microsoft DecoderMaskedMultiHeadAttention: y = $ <num_heads = 2> (a, b, b)
      com.microsoft DecoderMaskedSelfAttention: y = $ <num_heads = 2> (a, w12, v12)
      com.microsoft EmbedLayerNormalization: y = $ (ids, "", words, places, "", v1, v2)
      com.microsoft FastGelu: y = $ (a, v1)
      com.microsoft FusedConv: y = $ (p, k, v1, q)
      com.microsoft FusedGemm: y = $ (a, w, v1)
      com.microsoft FusedMatMul: y = $ (a, w)
      com.microsoft FusedMatMulActivation: y = $ <activation = "Relu"> (a, w)
      com.microsoft GemmFastGelu: y = $ (a, w, v1)
      com.microsoft GemmFloat8: y = $ (a, w, v1)
      com.microsoft GroupQueryAttention: y = $ <num_heads = 2, kv_num_heads = 2> (a, b, b)
      com.microsoft LongformerAttention: y = $ <num_heads = 2, window = 2> (a, w12, v12)
      com.microsoft MaxpoolWithMask: y = $ <kernel_shape = [2,2]> (p, q)
      com.microsoft MultiHeadAttention: y = $ <num_heads = 2> (a, b, b)
      com.microsoft NhwcMaxPool: y = $ <kernel_shape = [2,2]> (p)
      com.microsoft PackedAttention: y = $ <num_heads = 2> (a, w12, v12)
      com.microsoft PackedMultiHeadAttention: y = $ <num_heads = 2> (a, b, b)
      com.microsoft PagedAttention: y = $ <num_heads = 2, kv_num_heads = 2> (a, b, b)
      com.microsoft QLinearAdd: y = $ (p, qs, qz, q, qs, qz, qs, qz)
      com.microsoft QLinearAveragePool: y = $ <kernel_shape = [2,2]> (p, qs, qz, qs, qz)
      com.microsoft QLinearConcat: y = $ <axis = 1> (qs, qz, p, qs, qz, q, qs, qz)
      com.microsoft QLinearGlobalAveragePool: y = $ <channels_last = 0> (p, qs, qz, qs, qz)
      com.microsoft QLinearReduceMean: y = $ (p, qs, qz, qs, qz)
      com.microsoft SkipGroupNorm: y = $ <groups = 2> (p, v1, v2, q)
      com.microsoft SkipLayerNormalization: o = MatMul (a, w); y = $ (o, b, v1, v2, v3)
      com.microsoft SkipSimplifiedLayerNormalization: y = $ (a, b, v1)
      com.microsoft SparseAttention: y = $ <num_heads = 2, kv_num_heads = 2> (a, b, b)
      com.microsoft TransposeMatMul: y = $ (a, w)
      com.microsoft.nchwc AveragePool: y = $ <kernel_shape = [2,2]> (p)
      com.microsoft.nchwc Conv: y = $ (p, k, v1, q)
      com.microsoft.nchwc GlobalAveragePool: y = $ (p)
      com.microsoft.nchwc GlobalMaxPool: y = $ (p)
      com.microsoft.nchwc MaxPool: y = $ <kernel_shape = [2,2]> (p)
      com.ms.internal.nhwc AveragePool: y = $ <kernel_shape = [2,2]> (p)
      com.ms.internal.nhwc BatchNormalization: y = $ (p, v1, v2, mean, var)
      com.ms.internal.nhwc Conv: y = $ (p, k)
      com.ms.internal.nhwc GlobalAveragePool: y = $ (p)
      com.ms.internal.nhwc GlobalMaxPool: y = $ (p)
      com.ms.internal.nhwc MaxPool: y = $ <kernel_shape = [2,2]> (p)
      com.ms.internal.nhwc QLinearAveragePool: y = $ <kernel_shape = [2,2]> (p, qs, qz, qs, qz)
      """;

  /** Two maps and two sequences, each behind a layer, so that flows can meet. */
  private static final String NETWORK =
      """
      <opset_import: ["" : 23, "ai.onnx.preview" : 1, "com.microsoft" : 1, "com.microsoft.nchwc" : 1, "com.ms.internal.nhwc" : 23]>
      g (float[N,2,4,4] x, float[N,3,4] t, int64[N,3] ids) => (float y)
      <float[4,2,1,1] cp, float[4,2,1,1] cq, float[4,4] wa, float[4] va, float[4,4] wb, float[4] vb,
       float[4,4,1,1] k, float[4,4] w, float[4] v1, float[4] v2, float[4] v3, float[4] mean, float[4] var,
       float[4,12] w12, float[12] v12, float[1,1,3,3] r, float[9,4] words, float[3,4] places, float qs = {0.1}, uint8 qz = {128}> {
        p = Conv (x, cp)
        q = Conv (x, cq)
        a0 = MatMul (t, wa)
        a = Add (a0, va)
        b0 = MatMul (t, wb)
        b = Add (b0, vb)
      """;

  private static final Map<String, String> BY_OPERATOR = byOperator();

  private static final Map<String, Operator> PROMISING =
      OperatorTable.all().stream()
          .filter(operator -> !operator.primitives().isEmpty())
          .collect(Collectors.toMap(row -> row.domain() + " " + row.name(), Function.identity()));

  private static Map<String, String> byOperator() {
    Map<String, String> nodes = new HashMap<>();
    for (String line : NODES.split("\n")) {
      String[] cells = line.split(": ", 2);
      nodes.put(cells[0], cells[1]);
    }
    return nodes;
  }

  static Stream<String> promising() {
    return PROMISING.keySet().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("promising")
  void areMade(String key) {
    assertThat(BY_OPERATOR).containsKey(key);
    Map<Primitive, Long> without = primitives("y = Identity (p)");
    String nodes = BY_OPERATOR.get(key).replace("$", key.replace(' ', '.')).replace("; ", "\n");
    Map<Primitive, Long> with = primitives(nodes);
    assertThat(PROMISING.get(key).primitives())
        .allSatisfy(
            primitive ->
                assertThat(with.getOrDefault(primitive, 0L))
                    .as(primitive.label())
                    .isGreaterThan(without.getOrDefault(primitive, 0L)));
  }

  @Test
  void everyModelHereIsThatOfARow() {
    assertThat(PROMISING.keySet()).isEqualTo(BY_OPERATOR.keySet());
  }

  private static Map<Primitive, Long> primitives(String nodes) {
    return imported(NETWORK + nodes + "\n}").graph().nodes().stream()
        .collect(Collectors.groupingBy(GraphNode::primitive, Collectors.counting()));
  }
}
