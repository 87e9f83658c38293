package org.onnxghn.graph.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.onnxghn.graph.importer.GraphEdges.edges;
import static org.onnxghn.graph.importer.GraphEdges.imported;
import static org.onnxghn.graph.importer.GraphEdges.parameter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.Role;

/** Tensors that the network computes with and that training would not change: they are kept. */
class ImportedConstantsTest {
  /** As SSD and UltraFace decode boxes from their anchors, behind the last layer. */
  @Test
  void anchorsAreNoPositionEncodings() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,3,4,4] x) => (float y)
            <float[2,3,1,1] w, float[2] b, int64[3] s = {0, 16, 2}, float variance = {0.1}, float[1,16,2] sizes, float[1,16,2] centres> {
              c = Conv (x, w, b)
              r = Reshape (c, s)
              m = Mul (r, variance)
              n = Mul (m, sizes)
              y = Add (n, centres)
            }
            """);
    assertThat(edges(graph.graph())).containsExactly("input>w", "w>b");
    assertThat(graph.parameters())
        .filteredOn(p -> p.role() == Role.UNKNOWN)
        .extracting(Parameter::name)
        .containsExactly("sizes", "centres");
    assertThat(graph.findings()).extracting(Finding::code).containsExactly("OG-252", "OG-252");
  }

  /**
   * Coordinates for the next convolution (CoordConv), and what is put beside a network's results.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "j = Concat <axis = 1> (c, table)\n y = Conv (j, z)",
        "e = Expand (table, s)\n j = Concat <axis = 1> (c, e)\n y = Conv (j, z)",
        "f = Reshape (c, s)\n y = Concat <axis = 1> (f, row)"
      })
  void concatenatedTablesAreNoClassTokens(String nodes) {
    ImportedGraph graph =
        imported(
            """
            g (float[N,3,4,4] x) => (float y)
            <float[2,3,1,1] w, int64[3] s = {0, 16, 2}, float[1,2,4,4] table, float[1,1,2] row, float[3,4,1,1] z> {
              c = Conv (x, w)
            """
                + nodes
                + "\n}");
    assertThat(graph.parameters())
        .filteredOn(p -> p.role() == Role.UNKNOWN)
        .extracting(Parameter::name)
        .hasSize(1)
        .containsAnyOf("table", "row");
    assertThat(graph.findings()).extracting(Finding::code).containsExactly("OG-252");
  }

  /** As two-stage detectors crop features, for whose layers the anchors are no encoding. */
  @Test
  void anchorsAreNoneEitherWhereLayersFollowTheBoxes() {
    ImportedGraph graph =
        imported(
            """
            <opset_import: ["" : 16]>
            g (float[N,3,8,8] x) => (float y)
            <float[4,3,3,3] w, float[4] b, float[36,4] anchors, int64[2] s = {-1, 4}, int64[36] batch,
             float[4,4,1,1] z> {
              f = Conv (x, w, b)
              t = Transpose <perm = [0,2,3,1]> (f)
              d = Reshape (t, s)
              boxes = Add (d, anchors)
              r = RoiAlign (f, boxes, batch)
              y = Conv (r, z)
            }
            """);
    assertThat(edges(graph.graph())).containsExactly("input>w", "w>b", "b>z");
    assertThat(parameter(graph, "anchors").role()).isEqualTo(Role.UNKNOWN);
  }

  /** Layers that no primitive stands for are layers all the same. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "p = Add (c, table)\n y = ConvTranspose (p, t)",
        "r = Reshape (c, s)\n p = Add (r, steps)\n y = GRU <hidden_size = 2> (p, ih, hh)"
      })
  void positionsAreEncodedForWhateverLayerFollows(String nodes) {
    ImportedGraph graph =
        imported(
            """
            <opset_import: ["" : 14]>
            g (float[N,3,4,4] x) => (float y)
            <float[4,3,1,1] w, float[1,4,4,4] table, float[4,2,3,3] t, int64[3] s = {0, 16, 4}, float[1,16,4] steps,
             float[1,6,4] ih, float[1,6,2] hh> {
              c = Conv (x, w)
            """
                + nodes
                + "\n}");
    assertThat(edges(graph.graph())).hasSize(3).contains("input>w", "w>sum");
    assertThat(graph.parameters())
        .filteredOn(p -> p.role() == Role.POSITION_ENCODING)
        .singleElement()
        .satisfies(encoding -> assertThat(encoding.slots()).hasSize(1));
  }

  /** As causal convolutions put zeros before the first step. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "j = Concat <axis = 2> (zeros, x)",
        "e = Expand (zeros, s)\n j = Concat <axis = 2> (e, x)"
      })
  void paddingIsNoClassToken(String nodes) {
    ImportedGraph graph = concatenated(nodes);
    assertThat(parameter(graph, "zeros").role()).isEqualTo(Role.UNKNOWN);
    assertThat(graph.findings())
        .filteredOn(finding -> finding.code().equals("OG-252"))
        .extracting(Finding::tensor)
        .containsExactly("zeros");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, -2})
  void registersAreTokens(int axis) {
    ImportedGraph graph = concatenated("j = Concat <axis = " + axis + "> (zeros, x)");
    assertThat(parameter(graph, "zeros").role()).isEqualTo(Role.CLASS_TOKEN);
  }

  private static ImportedGraph concatenated(String nodes) {
    return imported(
        """
        g (float[N,4,8] x) => (float y)
        <float[1,4,8] zeros = {0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0},
         int64[3] s = {2, 4, 8}, float[4,4,3] w> {
        """
            + nodes
            + "\n y = Conv (j, w)\n}");
  }

  /** Learned queries of a decoder: spread over the batch, or scaled, before they are projected. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "s = Shape (x)\n z = ConstantOfShape (s)\n e = Add (z, query)",
        "e = Mul (query, half)"
      })
  void queriesThatAreProjectedAreNamed(String nodes) {
    ImportedGraph graph =
        imported(
            """
            g (float[N,9,8] x) => (float y)
            <float[1,9,8] query, float[1] half = {0.5}, float[8,8] q, float[8] qb, float[8,2] c, float[2] cb> {
            """
                + nodes
                + """

                  a0 = MatMul (e, q)
                  a = Add (a0, qb)
                  t = Add (x, a)
                  z0 = MatMul (t, c)
                  y = Add (z0, cb)
                }
                """);
    assertThat(parameter(graph, "query").role()).isEqualTo(Role.UNKNOWN);
    assertThat(graph.findings())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.code()).isEqualTo("OG-252");
              assertThat(finding.tensor()).isEqualTo("query");
            });
  }

  /** Spectral normalisation divides its weight by u W v. */
  @Test
  void vectorsThatMeasureAWeightAreNoWeights() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,2,4,4] x) => (float y) <float[3,2,1,1] w, float[3] b, float[3] u, float[2] v, int64[2] s = {3, -1}> {
              r = Reshape (w, s)
              p = MatMul (r, v)
              q = MatMul (u, p)
              d = Div (w, q)
              y = Conv (x, d, b)
            }
            """);
    assertThat(edges(graph.graph())).containsExactly("input>w", "w>b");
    assertThat(parameter(graph, "w").slots()).hasSize(1);
    assertThat(parameter(graph, "u").role()).isEqualTo(Role.UNKNOWN);
    assertThat(parameter(graph, "v").role()).isEqualTo(Role.UNKNOWN);
  }

  /** A column of coordinates times a row: the first layer of a network on them. */
  @Test
  void aRowBesideAColumnIsAWeight() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,5,5] x) => (float y)
            <float[5,1] grid, float[1,8] w1, float[8] b1, float[8,5] w2, float[5] b2, float[5,2] c, float[2] cb> {
              h0 = MatMul (grid, w1)
              h1 = Add (h0, b1)
              h = Relu (h1)
              t0 = MatMul (h, w2)
              t = Add (t0, b2)
              z = Add (x, t)
              l = MatMul (z, c)
              y = Add (l, cb)
            }
            """);
    assertThat(edges(graph.graph())).contains("w1>b1", "w2>b2");
    assertThat(parameter(graph, "w1").slots()).hasSize(1);
    assertThat(parameter(graph, "b1").slots()).hasSize(1);
  }

  @Test
  void aVectorBesideDataIsAWeight() {
    ImportedGraph graph =
        imported("g (float[N,4] x) => (float y) <float[4] v> { y = MatMul (x, v) }");
    assertThat(parameter(graph, "v").role()).isEqualTo(Role.WEIGHT);
  }

  /** Which of two layouts the layer gets is known only when it runs; the weight is named. */
  @Test
  void aWeightThatGoesThroughIfIsReported() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,4] x, bool c) => (float y) <float[4,4] w> {
              i = If <then_branch = t () => (float u) { u = Transpose <perm = [1,0]> (w) },
                      else_branch = e () => (float v) { v = Identity (w) }> (c)
              y = MatMul (x, i)
            }
            """);
    assertThat(parameter(graph, "w").role()).isEqualTo(Role.UNKNOWN);
    assertThat(graph.findings()).extracting(Finding::code).containsExactly("OG-252");
    assertThat(graph.findings().get(0).tensor()).isEqualTo("w");
  }
}
