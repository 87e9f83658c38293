package org.onnxghn.converter.check;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.GraphNode;
import org.onnxghn.graph.Primitive;

/**
 * Kinds of image classifiers for which there are published results, told apart by what their
 * computational graph is made of; names play no part.
 */
enum Family {
  /** Convolutions in one row (AlexNet, VGG). */
  PLAIN("plain convolutional networks (AlexNet, VGG)"),
  /** Residual sums of plain convolutions with BatchNorm (ResNet, Wide ResNet). */
  RESIDUAL("residual networks (ResNet, Wide ResNet)"),
  /** Residual sums with grouped convolutions (ResNeXt, RegNet-X). */
  GROUPED_RESIDUAL("residual networks with grouped convolutions (ResNeXt, RegNet-X)"),
  /** The same with squeeze-excite (RegNet-Y). */
  GROUPED_SQUEEZE_EXCITE("grouped convolutions with squeeze-excite (RegNet-Y)"),
  /** Residual sums with depthwise convolutions (MobileNetV2, MnasNet). */
  INVERTED_RESIDUAL("inverted residuals without squeeze-excite (MobileNetV2, MnasNet)"),
  /** Depthwise convolutions with squeeze-excite (MobileNetV3, EfficientNet). */
  DEPTHWISE_SQUEEZE_EXCITE(
      "depthwise convolutions with squeeze-excite (MobileNetV3, EfficientNet)"),
  /** Concatenated halves with depthwise convolutions (ShuffleNetV2). */
  CHANNEL_SHUFFLE("channel shuffle (ShuffleNetV2)"),
  /** Concatenations that the next BatchNorm reads (DenseNet). */
  DENSE("densely connected networks (DenseNet)"),
  /** Concatenated parallel branches with BatchNorm (GoogLeNet, Inception). */
  INCEPTION("parallel branches (GoogLeNet, Inception)"),
  /** Concatenated convolutions without normalisation (SqueezeNet). */
  FIRE("fire modules without normalisation (SqueezeNet)"),
  /** Depthwise convolutions with LayerNorm (ConvNeXt). */
  CONVNEXT("depthwise convolutions with LayerNorm (ConvNeXt)"),
  /** Attention over patches with a position encoding (ViT). */
  VISION_TRANSFORMER("vision transformers with a position encoding (ViT)"),
  /** Attention over patches without one (Swin). */
  WINDOW_ATTENTION("vision transformers with window attention (Swin)");

  private final String description;

  Family(String description) {
    this.description = description;
  }

  /** For people. */
  String description() {
    return description;
  }

  /** As in the table of results. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The family of a graph; empty when it is no classifier of images, or of another kind. */
  static Optional<Family> of(ComputationalGraph graph) {
    Traits traits = Traits.of(graph);
    if (!traits.seesImages || !classifies(graph, traits)) {
      return Optional.empty();
    }
    if (traits.attention > 0) {
      return Optional.of(traits.positions > 0 ? VISION_TRANSFORMER : WINDOW_ATTENTION);
    }
    if (traits.gates > 0) {
      return traits.depthwise > 0
          ? Optional.of(DEPTHWISE_SQUEEZE_EXCITE)
          : traits.grouped > 0 ? Optional.of(GROUPED_SQUEEZE_EXCITE) : Optional.empty();
    }
    if (traits.concats > 0) {
      return concatenating(traits);
    }
    if (traits.sums > 0) {
      return residual(traits);
    }
    return traits.depthwise + traits.grouped == 0 ? Optional.of(PLAIN) : Optional.empty();
  }

  /** Ends in a matrix, or in a convolution whose outputs are pooled; others make maps of pixels. */
  private static boolean classifies(ComputationalGraph graph, Traits traits) {
    OptionalInt weight = graph.classifierWeight();
    return weight.isPresent()
        && graph.classifierBias().isPresent()
        && (graph.nodes().get(weight.getAsInt()).shape().rank() == 2 || traits.pooled);
  }

  private static Optional<Family> concatenating(Traits traits) {
    if (traits.sums > 0) {
      return Optional.empty();
    }
    if (traits.depthwise > 0) {
      return Optional.of(CHANNEL_SHUFFLE);
    }
    if (traits.batchNorms == 0) {
      return Optional.of(FIRE);
    }
    return Optional.of(traits.normalisedConcats * 2 > traits.concats ? DENSE : INCEPTION);
  }

  private static Optional<Family> residual(Traits traits) {
    if (traits.batchNorms == 0) {
      // Without any normalisation it is folded away, and nothing is known about such networks.
      return traits.layerNorms > 0 && traits.depthwise > 0
          ? Optional.of(CONVNEXT)
          : Optional.empty();
    }
    if (traits.depthwise > 0) {
      return Optional.of(INVERTED_RESIDUAL);
    }
    return Optional.of(traits.grouped > 0 ? GROUPED_RESIDUAL : RESIDUAL);
  }

  /** What is counted in a graph. */
  private static final class Traits {
    /** Whether a convolution with a window reads an image of one to four channels. */
    boolean seesImages;

    /** Whether there is a global pooling. */
    boolean pooled;

    int attention;
    int positions;
    int gates;
    int sums;
    int concats;

    /** Concatenations that a BatchNorm reads. */
    int normalisedConcats;

    int batchNorms;
    int layerNorms;
    int depthwise;
    int grouped;

    static Traits of(ComputationalGraph graph) {
      Traits traits = new Traits();
      graph.nodes().forEach(node -> traits.add(node, graph));
      return traits;
    }

    private void add(GraphNode node, ComputationalGraph graph) {
      switch (node.primitive()) {
        case CONV -> seesImages |= isWindow(node) && node.shape().dim(1) <= 4;
        case SEP_CONV, DIL_CONV -> {
          boolean single = node.shape().rank() < 2 || node.shape().dim(1) == 1;
          depthwise += single ? 1 : 0;
          grouped += single ? 0 : 1;
        }
        case MSA -> attention++;
        case POS_ENC -> positions++;
        case CSE -> gates++;
        case SUM -> sums++;
        case CONCAT -> {
          concats++;
          normalisedConcats += feedsNorm(node.index(), graph) ? 1 : 0;
        }
        case GLOB_AVG -> pooled = true;
        case BN -> batchNorms++;
        case LN -> layerNorms++;
        default -> {}
      }
    }

    private static boolean isWindow(GraphNode node) {
      return node.shape() != null && node.shape().rank() == 4 && node.shape().dim(2) > 1;
    }

    private static boolean feedsNorm(int node, ComputationalGraph graph) {
      for (int next : graph.successors(node)) {
        if (graph.nodes().get(next).primitive() == Primitive.BN) {
          return true;
        }
      }
      return false;
    }
  }
}
