package org.onnxghn.converter;

import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.Finding.Severity;
import org.onnxghn.graph.GraphNode;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.Primitive;

/**
 * The last layer: the weight and bias that the hypernetwork's class head decodes.
 *
 * @param slots weight and bias
 * @param classes number of outputs
 */
public record ClassifierHead(Set<ParameterSlot> slots, long classes) {
  private static final ClassifierHead NONE = new ClassifierHead(Set.of(), 0);

  /**
   * Without slots when the graph does not end in a layer with weight and bias, or when another one
   * may be the classifier as well: that of another output, or a linear layer without bias, whose
   * weight nothing follows in the graph (GHN3.md 5.2).
   */
  public static ClassifierHead of(ComputationalGraph graph) {
    if (graph.classifierBias().isEmpty() || graph.classifierWeight().isEmpty()) {
      return NONE;
    }
    int weight = graph.classifierWeight().getAsInt();
    List<ParameterSlot> weights = graph.nodes().get(weight).slots();
    List<ParameterSlot> biases = graph.nodes().get(graph.classifierBias().getAsInt()).slots();
    boolean layer =
        graph.nodes().get(weight).primitive() == Primitive.CONV
            && !weights.isEmpty()
            && !biases.isEmpty()
            && weights.get(0).shape().dim(0) == biases.get(0).shape().dim(0);
    if (!layer) {
      return NONE;
    }
    long classes = weights.get(0).shape().dim(0);
    boolean rival = graph.nodes().stream().anyMatch(node -> isOtherHead(node, graph, classes));
    if (rival) {
      return NONE;
    }
    Set<ParameterSlot> slots = new HashSet<>(weights);
    slots.addAll(biases);
    return new ClassifierHead(slots, classes);
  }

  /** Auxiliary classifiers have as many classes and are none. */
  private static boolean isOtherHead(GraphNode node, ComputationalGraph graph, long classes) {
    return !node.slots().isEmpty()
        && graph.successors(node.index()).length == 0
        && (node.primitive() != Primitive.BIAS || node.slots().get(0).shape().dim(0) != classes);
  }

  /**
   * The slots, when they are to start at random.
   *
   * @param trained number of classes of the hypernetwork; empty when there is none
   */
  public Set<ParameterSlot> randomSlots(ConversionOptions.Head choice, OptionalInt trained) {
    return switch (choice) {
      case PREDICT -> Set.of();
      case RANDOM -> slots;
      case AUTO -> isForeign(trained) ? slots : Set.of();
    };
  }

  private boolean isForeign(OptionalInt trained) {
    return !slots.isEmpty() && trained.isPresent() && trained.getAsInt() != classes;
  }

  /** A note when the choice was ours, a warning when there is nothing to choose for. */
  public List<Finding> findings(ConversionOptions.Head choice, OptionalInt trained) {
    if (choice == ConversionOptions.Head.RANDOM && slots.isEmpty()) {
      return List.of(
          Findings.general(
              Codes.RANDOM_HEAD,
              Severity.WARNING,
              "the network does not end in a layer with weight and bias: --head random changes"
                  + " nothing",
              "Name the classifier's weight with --keep to leave it as it is."));
    }
    if (choice != ConversionOptions.Head.AUTO || !isForeign(trained)) {
      return List.of();
    }
    return List.of(
        Findings.general(
            Codes.RANDOM_HEAD,
            Severity.NOTE,
            "the classifier has "
                + classes
                + " classes, the checkpoint "
                + trained.getAsInt()
                + ": it starts at random",
            "Use --head predict for a prediction cut or repeated to size."));
  }
}
