package org.onnxghn.trainer.eval;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.onnxghn.converter.Assignment;
import org.onnxghn.converter.ClassifierHead;
import org.onnxghn.converter.ConversionOptions;
import org.onnxghn.converter.InitialValues;
import org.onnxghn.converter.Prediction;
import org.onnxghn.converter.SourceChoice;
import org.onnxghn.converter.StatisticsReset;
import org.onnxghn.converter.StoredValues;
import org.onnxghn.converter.initializers.FallbackMethod;
import org.onnxghn.converter.report.ConversionReport.CheckpointSummary;
import org.onnxghn.converter.report.Source;
import org.onnxghn.ghn.Ghn;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.onnx.OnnxModel;

/** How a network's parameters begin: the sides of a comparison. */
public enum Initialisation {
  /** As predicted. */
  GHN,
  /** Predicted, with the noise of GHN3.md 5.6. */
  GHN_NOISE,
  /** Predicted, with a part of {@link #HE}'s values added to weights. */
  GHN_BLEND,
  /** He et al. 2015, normal; the paper's RANDINIT. */
  HE,
  /** Saxe et al. 2014. */
  ORTHOGONAL;

  /**
   * What the values depend on.
   *
   * @param ghn the hypernetwork
   * @param checkpoint where it is from
   * @param noise beta of {@link #GHN_NOISE}
   * @param blend the part of {@link #GHN_BLEND}
   * @param seed of everything random
   */
  public record Settings(
      Ghn ghn, CheckpointSummary checkpoint, double noise, double blend, long seed) {
    /** Of {@link #GHN_NOISE} where nobody says. */
    public static final double USUAL_NOISE = 1e-5;

    /** Of {@link #GHN_BLEND} where nobody says. */
    public static final double USUAL_BLEND = 0.3;

    /** With the usual noise and blend. */
    public Settings(Ghn ghn, CheckpointSummary checkpoint, long seed) {
      this(ghn, checkpoint, USUAL_NOISE, USUAL_BLEND, seed);
    }

    /** The same with another seed. */
    public Settings withSeed(long other) {
      return new Settings(ghn, checkpoint, noise, blend, other);
    }
  }

  /** As it is written on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Whether a hypernetwork predicts. */
  public boolean isPredicted() {
    return this == GHN || this == GHN_NOISE || this == GHN_BLEND;
  }

  /**
   * A model with initial values.
   *
   * @param predicted names of the parameters that the hypernetwork gave all of, tiled or not
   */
  public record Initialised(OnnxModel model, Set<String> predicted) {}

  /** The model of {@link #initialise}. */
  public OnnxModel apply(OnnxModel model, Settings settings) {
    return initialise(model, settings).model();
  }

  /**
   * The model with initial values, as {@code onnx-ghn convert} gives them; what is not predicted
   * begins as in {@link #HE}.
   */
  public Initialised initialise(OnnxModel model, Settings settings) {
    ImportedGraph imported = GraphImporter.importGraph(model);
    ConversionOptions options =
        ConversionOptions.builder()
            .fallback(this == ORTHOGONAL ? FallbackMethod.ORTHOGONAL : FallbackMethod.HE)
            .noise(this == GHN_NOISE ? settings.noise() : 0)
            .blend(this == GHN_BLEND ? settings.blend() : 0)
            .seed(settings.seed())
            .build();
    Prediction prediction =
        isPredicted()
            ? new Prediction(
                settings.checkpoint(), settings.ghn().predict(imported.graph(), settings.seed()), 0)
            : Prediction.NONE;
    Set<ParameterSlot> randomHead =
        ClassifierHead.of(imported.graph()).randomSlots(options.head(), prediction.numClasses());
    StoredValues stored = new StoredValues(model);
    List<Assignment> assignments =
        new SourceChoice(options, stored).choose(imported, prediction, randomHead);
    Map<String, float[]> values =
        new LinkedHashMap<>(
            InitialValues.of(imported, assignments, prediction.parameters().values(), options));
    StatisticsReset.apply(imported, values, options, stored);
    Set<String> predicted =
        assignments.stream()
            .filter(a -> a.source() == Source.PREDICTED || a.source() == Source.TILED)
            .map(assignment -> assignment.parameter().name())
            .collect(Collectors.toSet());
    return new Initialised(model.withParameters(values), predicted);
  }
}
