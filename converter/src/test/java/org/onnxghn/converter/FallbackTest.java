package org.onnxghn.converter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.onnxghn.GraphText;
import org.onnxghn.converter.initializers.FallbackMethod;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.GraphNode;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Layout;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.Parameter.Consumer;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.Primitive;
import org.onnxghn.graph.Role;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.Shape;
import org.onnxghn.onnx.proto.ModelProto;

class FallbackTest {
  private static final ComputationalGraph EMPTY =
      new ComputationalGraph(
          List.of(new GraphNode(0, Primitive.INPUT, null, List.of(), "input")), new int[1][0]);

  private static Parameter parameter(
      String name, Role role, Shape stored, Consumer consumer, ParameterSlot... slots) {
    return new Parameter(name, stored, ElementType.FLOAT, role, List.of(slots), consumer);
  }

  private static Consumer consumer(String node, String opType, int input, Shape layer) {
    return new Consumer(node, "ai.onnx", opType, input, layer, 1);
  }

  private static float[] standard(Parameter wanted, Parameter... others) {
    List<Parameter> all = new java.util.ArrayList<>(List.of(others));
    all.add(wanted);
    return new Fallback(new ImportedGraph(EMPTY, all, List.of()), FallbackMethod.STANDARD, 3)
        .values(wanted);
  }

  private static double largest(float[] values) {
    double largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  private static void isUniformWithin(float[] values, double bound) {
    assertThat(largest(values)).isLessThanOrEqualTo(bound).isGreaterThan(0.97 * bound);
  }

  @Test
  void aStackOfProjectionsIsFilledSlotBySlotInStoredLayout() {
    Shape stored = Shape.of(4, 15);
    Shape slot = Shape.of(5, 4);
    ParameterSlot[] slots = new ParameterSlot[3];
    for (int i = 0; i < 3; i++) {
      Layout layout =
          new Layout(List.of(new Layout.Permute(List.of(1, 0))), new Layout.Part(1, 5 * i, stored));
      slots[i] = new ParameterSlot("qkv", Role.WEIGHT, slot, layout);
    }
    Parameter qkv =
        parameter("qkv", Role.WEIGHT, stored, consumer("n", "MatMul", 1, Shape.of(15, 4)), slots);
    float[] values = standard(qkv);
    assertThat(values).hasSize(60).doesNotContain(0);
    isUniformWithin(values, 0.5);
    Fallback fallback =
        new Fallback(new ImportedGraph(EMPTY, List.of(qkv), List.of()), FallbackMethod.STANDARD, 3);
    for (int i = 0; i < 3; i++) {
      float[] sample = fallback.sample(qkv, slots[i]);
      for (int out = 0; out < 5; out++) {
        for (int in = 0; in < 4; in++) {
          assertThat(values[in * 15 + 5 * i + out]).isEqualTo(sample[out * 4 + in]);
        }
      }
    }
    assertThat(fallback.sample(qkv, slots[0])).isNotEqualTo(fallback.sample(qkv, slots[1]));
  }

  @Test
  void aBiasTakesItsBoundFromTheWeightOfItsOperator() {
    Shape layer = Shape.of(400, 25);
    Parameter weight =
        parameter("w", Role.WEIGHT, Shape.of(25, 400), consumer("fc", "Gemm", 1, layer));
    Parameter bias =
        parameter("b", Role.BIAS, Shape.of(400), consumer("fc", "Gemm", 2, Shape.of(400)));
    isUniformWithin(standard(bias, weight), 0.2);
    isUniformWithin(standard(weight, bias), 0.2);
  }

  @Test
  void aBiasOfAnotherOperatorTakesItFromTheGraph() {
    Shape shape = Shape.of(400, 25);
    ParameterSlot w = new ParameterSlot("w", Role.WEIGHT, shape, Layout.IDENTITY);
    ParameterSlot b = new ParameterSlot("b", Role.BIAS, Shape.of(400), Layout.IDENTITY);
    ComputationalGraph graph =
        new ComputationalGraph(
            List.of(
                new GraphNode(0, Primitive.INPUT, null, List.of(), "input"),
                new GraphNode(1, Primitive.CONV, shape, List.of(w), "w"),
                new GraphNode(2, Primitive.BIAS, Shape.of(400), List.of(b), "b")),
            new int[][] {{1}, {2}, {}});
    Parameter bias =
        parameter("b", Role.BIAS, Shape.of(400), consumer("", "Add", 1, Shape.of(400)), b);
    Parameter weight = parameter("w", Role.WEIGHT, shape, consumer("", "MatMul", 1, shape), w);
    ImportedGraph imported = new ImportedGraph(graph, List.of(weight, bias), List.of());
    isUniformWithin(new Fallback(imported, FallbackMethod.STANDARD, 0).values(bias), 0.2);
  }

  @Test
  void aBiasWithoutAWeightIsZero() {
    Parameter bias = parameter("b", Role.BIAS, Shape.of(4), consumer("n", "Add", 1, Shape.of(4)));
    assertThat(standard(bias)).containsOnly(0);
  }

  @Test
  void aTransposedConvolutionCountsFansAsPyTorchDoes() {
    // nn.ConvTranspose2d(100, 4, 5): weight (100, 4, 5, 5), bound 1/sqrt(4*25).
    Shape stored = Shape.of(100, 4, 5, 5);
    Parameter weight =
        parameter(
            "w", Role.WEIGHT, stored, consumer("n", "ConvTranspose", 1, Shape.of(4, 100, 5, 5)));
    isUniformWithin(standard(weight), 0.1);
  }

  @Test
  void recurrentLayersTakeTheirBoundFromTheHiddenSize() {
    Shape w = Shape.of(2, 4 * 25, 10);
    Parameter lstm = parameter("w", Role.RECURRENT_INPUT_WEIGHT, w, consumer("n", "LSTM", 1, w));
    isUniformWithin(standard(lstm), 0.2);
    Shape b = Shape.of(2, 6 * 25);
    Parameter gru = parameter("b", Role.RECURRENT_BIAS, b, consumer("n", "GRU", 3, b));
    isUniformWithin(standard(gru), 0.2);
    Shape p = Shape.of(2, 3 * 25);
    Parameter peephole = parameter("p", Role.RECURRENT_WEIGHT, p, consumer("n", "LSTM", 7, p));
    assertThat(largest(standard(peephole))).isCloseTo(0.2, within(0.01));
  }

  @Test
  void valuesDoNotDependOnTheOtherParameters() {
    Parameter a =
        parameter("a", Role.WEIGHT, Shape.of(9, 9), consumer("n", "Gemm", 1, Shape.of(9, 9)));
    Parameter b =
        parameter("b", Role.WEIGHT, Shape.of(9, 9), consumer("m", "Gemm", 1, Shape.of(9, 9)));
    assertThat(standard(a, b)).isEqualTo(standard(a));
    assertThat(standard(a)).isNotEqualTo(standard(b));
  }

  @Test
  void layersOfOneNameHaveFansOfTheirOwn() {
    ModelProto.Builder proto =
        GraphText.model(
            """
                g (float[N,4] x) => (float[N,512] y)
                <float[256,4] a, float[256] b, float[512,256] c, float[512] d> {
                  h = Gemm <transB = 1> (x, a, b)
                  r = Relu (h)
                  y = Gemm <transB = 1> (r, c, d)
                }
                """)
            .toProto()
            .toBuilder();
    proto.getGraphBuilder().getNodeBuilderList().forEach(node -> node.setName("n"));
    OnnxModel model = OnnxModel.of(proto.build());
    ImportedGraph imported = GraphImporter.importGraph(model);
    Fallback fallback = new Fallback(imported, FallbackMethod.STANDARD, 3);
    for (Parameter parameter : imported.parameters()) {
      boolean first = parameter.name().equals("a") || parameter.name().equals("b");
      isUniformWithin(fallback.values(parameter), first ? 0.5 : 1.0 / 16);
    }
  }
}
