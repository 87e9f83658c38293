package org.onnxghn.graph.importer;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.onnxghn.graph.importer.TraceParameters.Traces;

/**
 * Normalisation in pieces: (x - mean(x)) / sqrt(mean((x - mean(x))^2) + eps), as exporters write
 * LayerNorm below opset 17. The scale and shift that follow are found by {@link AffineLayers}.
 */
final class NormalisationPattern {
  /** What is normalised together. */
  enum Kind {
    /** Each position over its features: LayerNorm. */
    LAYER,
    /** Anything else: over groups, over space, or without centring (RMS). No primitive. */
    OTHER
  }

  /** A normalised value, before scale and shift. */
  record Normalised(Kind kind, int input) {}

  /**
   * TensorFlow's form, x * (scale / sqrt(variance + eps)) + (shift - mean * (scale / sqrt(…))), as
   * the operators that take the parameters.
   */
  record Rescaled(Kind kind, int input, Op scaling, int scaleInput, Op shifting) {}

  private final OpGraph graph;
  private final Traces traces;
  private final Flows flows;
  private final Map<Integer, Rescaled> rescaled = new HashMap<>();
  private final BitSet rescalingParts = new BitSet();
  private final Map<Integer, Normalised> byValue = new HashMap<>();
  private final BitSet innerMeans = new BitSet();

  private NormalisationPattern(OpGraph graph, Traces traces, Flows flows) {
    this.graph = graph;
    this.traces = traces;
    this.flows = flows;
  }

  static NormalisationPattern find(OpGraph graph, Traces traces, Flows flows) {
    NormalisationPattern pattern = new NormalisationPattern(graph, traces, flows);
    for (Op op : graph.ops) {
      pattern.visit(op);
    }
    return pattern;
  }

  /** The normalised value behind reshapes, or null when the value is none. */
  Normalised of(int value) {
    return byValue.get(flows.origin(value));
  }

  /** Whether the mean is a part of a normalisation, so that it is no global pooling. */
  boolean isInnerMean(Op op) {
    return innerMeans.get(op.id());
  }

  /** The normalisation that this addition completes in TensorFlow's form, or null. */
  Rescaled completedBy(Op add) {
    return rescaled.get(add.id());
  }

  /** Whether the operator takes a parameter of a normalisation in TensorFlow's form. */
  boolean isRescalingPart(Op op) {
    return rescalingParts.get(op.id());
  }

  private void visit(Op op) {
    if (op.output(0) < 0) {
      return;
    }
    if (op.is("InstanceNormalization")
        || op.is("MeanVarianceNormalization")
        || op.is("LpNormalization")) {
      byValue.put(op.output(0), new Normalised(Kind.OTHER, op.input(0)));
    } else if (op.is("Div")) {
      normalised(op, op.input(0), squareRooted(op.input(1)));
    } else if (op.is("Mul")) {
      normalised(op, op.input(0), inverseRooted(op.input(1)));
      normalised(op, op.input(1), inverseRooted(op.input(0)));
    } else if (op.is("Add") && op.inputs().length == 2) {
      rescaled(op, graph.producer(op.input(0)), graph.producer(op.input(1)));
      rescaled(op, graph.producer(op.input(1)), graph.producer(op.input(0)));
    }
  }

  private void rescaled(Op add, Op scaled, Op shift) {
    if (scaled == null || shift == null || !scaled.is("Mul") || !shift.is("Sub")) {
      return;
    }
    Op shiftedMean = graph.producer(shift.input(1));
    if (traces.parameter(shift.input(0)) == null || shiftedMean == null || !shiftedMean.is("Mul")) {
      return;
    }
    for (int i = 0; i < 2; i++) {
      Op scaling = graph.producer(scaled.input(i));
      boolean shared =
          shiftedMean.input(0) == scaled.input(i) || shiftedMean.input(1) == scaled.input(i);
      for (int k = 0; k < 2 && shared && scaling != null && scaling.is("Mul"); k++) {
        int variance = inverseRooted(scaling.input(1 - k));
        Op mean = variance < 0 ? null : meanBelow(variance);
        if (traces.parameter(scaling.input(k)) != null && mean != null) {
          Kind kind = ReducedAxes.of(mean, traces).isTrailingOrChannel() ? Kind.LAYER : Kind.OTHER;
          rescaled.put(add.id(), new Rescaled(kind, scaled.input(1 - i), scaling, k, shift));
          rescalingParts.set(scaling.id());
          rescalingParts.set(shift.id());
          innerMeans.set(mean.id());
          markMean(shiftedMean);
          return;
        }
      }
    }
  }

  private void markMean(Op shiftedMean) {
    for (int input : shiftedMean.inputs()) {
      Op mean = graph.producer(input);
      if (mean != null && mean.is("ReduceMean")) {
        innerMeans.set(mean.id());
      }
    }
  }

  private void normalised(Op op, int numerator, int variance) {
    Op mean = variance < 0 ? null : meanBelow(variance);
    if (mean == null || !traces.isData(numerator)) {
      return;
    }
    innerMeans.set(mean.id());
    Op centring = graph.producer(flows.root(numerator));
    Op centre =
        centring != null && centring.is("Sub")
            ? graph.producer(flows.root(centring.input(1)))
            : null;
    if (centre != null
        && centre.is("ReduceMean")
        && flows.root(centre.input(0)) == flows.root(centring.input(0))) {
      innerMeans.set(centre.id());
      Kind kind = ReducedAxes.of(centre, traces).isTrailingOrChannel() ? Kind.LAYER : Kind.OTHER;
      byValue.put(op.output(0), new Normalised(kind, centring.input(0)));
    } else {
      byValue.put(op.output(0), new Normalised(Kind.OTHER, numerator));
    }
  }

  /** The operand of a square root, or -1. */
  private int squareRooted(int value) {
    Op op = graph.producer(flows.root(value));
    if (op == null) {
      return -1;
    }
    if (op.is("Sqrt")) {
      return op.input(0);
    }
    return op.is("Pow") && flows.isScalar(op.input(1)) ? op.input(0) : -1;
  }

  /** The operand of 1 / sqrt, as Reciprocal(Sqrt), Div(1, Sqrt) or Pow(-1/2), or -1. */
  private int inverseRooted(int value) {
    Op op = graph.producer(flows.root(value));
    if (op == null) {
      return -1;
    }
    if (op.is("Reciprocal")) {
      return squareRooted(op.input(0));
    }
    if (op.is("Div") && flows.isScalar(op.input(0))) {
      return squareRooted(op.input(1));
    }
    return op.is("Pow") && flows.isScalar(op.input(1)) ? op.input(0) : -1;
  }

  /** The mean of squares that the variance is, below the added epsilon; null when it is none. */
  private Op meanBelow(int variance) {
    Op op = graph.producer(flows.root(variance));
    if (op != null && op.is("Add") && flows.variable(op) >= 0) {
      op = graph.producer(flows.root(flows.variable(op)));
    }
    if (op == null || !op.is("ReduceMean")) {
      return null;
    }
    Op square = graph.producer(flows.root(op.input(0)));
    boolean squares =
        square != null
            && (square.is("Pow") || square.is("Mul") && square.input(0) == square.input(1));
    return squares ? op : null;
  }
}
