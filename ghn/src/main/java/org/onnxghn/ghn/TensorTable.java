package org.onnxghn.ghn;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.onnxghn.ghn.encoder.ShapeVocabulary;
import org.onnxghn.graph.Primitive;
import org.onnxghn.onnx.Shape;

/** The table of GHN3.md 4: which tensors a configuration has, and their shapes. */
final class TensorTable {
  private static final int EDGE_ROWS = 257;
  private static final int DEGREE_ROWS = 101;
  private static final int DISTANCE_ROWS = 1001;

  private final Map<String, Shape> shapes = new LinkedHashMap<>();

  private TensorTable() {}

  static Map<String, Shape> of(GhnConfig config) {
    TensorTable table = new TensorTable();
    int h = config.hidden();
    if (config.layerNorm()) {
      table.norm("ln", h);
    }
    table.embedding("embed", Primitive.values().length, h);
    ShapeVocabulary vocabulary = new ShapeVocabulary(config.numClasses(), config.maxSpatial());
    table.embedding("shape_enc.embed_spatial", vocabulary.spatialRows(), h / 4);
    table.embedding("shape_enc.embed_channel", vocabulary.channelRows(), h / 4);
    switch (config.kind()) {
      case GHN3 -> table.graphormer(config);
      case GHN2 -> table.gatedGnn(h, config.virtualEdges());
      case MLP -> table.mlp(h);
    }
    table.decoders(config);
    return Collections.unmodifiableMap(table.shapes);
  }

  private void graphormer(GhnConfig config) {
    int h = config.hidden();
    for (int i = 0; i < config.layers(); i++) {
      String layer = "gnn." + i + ".";
      norm(layer + "ln1", h);
      matrix(layer + "attn.to_qkv.weight", 3 * h, h);
      linear(layer + "attn.to_out.0", h, h);
      if (i == 0) {
        embedding("gnn.0.attn.edge_embed.embed", EDGE_ROWS, h);
        linear("gnn.0.attn.proj_e.0", h, 2 * h);
        linear("gnn.0.attn.proj_e.2", config.heads(), h);
      }
      norm(layer + "ln2", h);
      linear(layer + "ff.net.0", 4 * h, h);
      linear(layer + "ff.net.3", h, 4 * h);
      if (i == 0) {
        positions(h);
      }
    }
  }

  private void gatedGnn(int h, boolean virtualEdges) {
    int inner = virtualEdges ? h / 2 : h;
    linear("gnn.mlp.fc.0", inner, h);
    linear("gnn.mlp.fc.2", h, inner);
    if (virtualEdges) {
      linear("gnn.mlp_ve.fc.0", inner, h);
      linear("gnn.mlp_ve.fc.2", h, inner);
    }
    matrix("gnn.gru.weight_ih", 3 * h, h);
    matrix("gnn.gru.weight_hh", 3 * h, h);
    shapes.put("gnn.gru.bias_ih", Shape.of(3L * h));
    shapes.put("gnn.gru.bias_hh", Shape.of(3L * h));
  }

  /** The paper's ablation of GHN-3-T keeps centrality and distance embeddings (GHN3.md 4.5). */
  private void mlp(int h) {
    linear("gnn.fc.0", h, h);
    linear("gnn.fc.2", h, h);
    positions(h);
  }

  private void positions(int h) {
    embedding("gnn.0.centrality_embed_in", DEGREE_ROWS, h);
    embedding("gnn.0.centrality_embed_out", DEGREE_ROWS, h);
    embedding("gnn.0.input_dist_embed", DISTANCE_ROWS, h);
  }

  private void decoders(GhnConfig config) {
    int h = config.hidden();
    int c = config.maxChannels();
    int s = config.maxSpatial();
    int k = config.numClasses();
    linear("decoder.fc.0", 4 * h * s * s, h);
    linear("decoder.conv.0", 8 * h, 4 * h);
    linear("decoder.conv.2", c * c, 8 * h);
    linear("decoder.class_layer_predictor.1", k, c);
    linear("decoder_1d.fc.0", 2 * h, h);
    linear("decoder_1d.fc.2", 2 * c, 2 * h);
    linear("bias_class.1", k, c);
  }

  private void norm(String name, int width) {
    shapes.put(name + ".weight", Shape.of(width));
    shapes.put(name + ".bias", Shape.of(width));
  }

  private void linear(String name, int out, int in) {
    matrix(name + ".weight", out, in);
    shapes.put(name + ".bias", Shape.of(out));
  }

  private void embedding(String name, int rows, int width) {
    matrix(name + ".weight", rows, width);
  }

  private void matrix(String name, int rows, int columns) {
    shapes.put(name, Shape.of(rows, columns));
  }
}
