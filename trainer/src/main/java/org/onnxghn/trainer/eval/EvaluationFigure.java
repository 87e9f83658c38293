package org.onnxghn.trainer.eval;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The figure of an evaluation as SVG, from the JSON object that it printed. */
public final class EvaluationFigure {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 560;
  private static final int DEPTHS = 40;

  private EvaluationFigure() {}

  private record Points(List<Double> x, List<Double> y) {
    Points() {
      this(new ArrayList<>(), new ArrayList<>());
    }

    void add(double first, double second) {
      x.add(first);
      y.add(second);
    }
  }

  /** An SVG document; empty when there is nothing to draw. */
  public static byte[] svg(JsonNode report) {
    Chart<?, ?> chart =
        switch (report.path("protocol").asText()) {
          case "zero-shot" ->
              scatter(
                  report,
                  "Zero-shot accuracy",
                  "top-1 %",
                  network -> 100 * network.path("zeroShot").path("top1").asDouble());
          case "fine-tune", "transfer" -> fineTuned(report);
          case "diversity" -> diversity(report);
          case "variance" -> variance(report);
          case "time" ->
              scatter(
                  report,
                  "Prediction of all parameters",
                  "seconds",
                  network -> network.path("predictSeconds").asDouble());
          default -> null;
        };
    if (chart == null) {
      return new byte[0];
    }
    Styler style = chart.getStyler();
    style.setLegendPosition(Styler.LegendPosition.OutsideS);
    style.setLegendLayout(Styler.LegendLayout.Horizontal);
    style.setChartBackgroundColor(Color.WHITE);
    try {
      return ChartEncoder.getBytes(chart, "svg");
    } catch (IOException e) {
      throw new UncheckedIOException("an SVG that is written to memory", e);
    }
  }

  private static XYChart chart(String title, String x, String y) {
    return new XYChartBuilder()
        .width(WIDTH)
        .height(HEIGHT)
        .title(title)
        .xAxisTitle(x)
        .yAxisTitle(y)
        .build();
  }

  /** Over the number of parameters, as its decimal logarithm. */
  private static XYChart scatter(
      JsonNode report, String title, String y, ToDoubleFunction<JsonNode> value) {
    XYChart chart = chart(title, "parameters, decimal logarithm", y);
    Map<String, Points> splits = new LinkedHashMap<>();
    for (JsonNode network : report.path("networks")) {
      splits
          .computeIfAbsent(network.path("split").asText(), split -> new Points())
          .add(
              Math.log10(Math.max(1, network.path("parameters").asDouble())),
              value.applyAsDouble(network));
    }
    splits.forEach((split, points) -> dots(chart, split, points));
    return splits.isEmpty() ? null : chart;
  }

  private static void dots(XYChart chart, String name, Points points) {
    XYSeries series = chart.addSeries(name, points.x(), points.y());
    series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
  }

  /** Each network's accuracy against its accuracy from the start that all are compared with. */
  private static XYChart fineTuned(JsonNode report) {
    String against = report.path("settings").path("against").asText();
    XYChart chart =
        chart(
            "Top-1 accuracy after training", "from " + against + ", %", "from the other start, %");
    Map<String, Points> all = new LinkedHashMap<>();
    for (JsonNode network : report.path("networks")) {
      Map<Double, Double> reference = new LinkedHashMap<>();
      for (JsonNode result : network.path("fineTuned")) {
        if (result.path("init").asText().equals(against)) {
          reference.put(result.path("epochs").asDouble(), result.path("top1").asDouble());
        }
      }
      for (JsonNode result : network.path("fineTuned")) {
        double epochs = result.path("epochs").asDouble();
        String init = result.path("init").asText();
        if (!init.equals(against) && reference.containsKey(epochs)) {
          all.computeIfAbsent(init + ", " + epochs + " epochs", name -> new Points())
              .add(100 * reference.get(epochs), 100 * result.path("top1").asDouble());
        }
      }
    }
    if (!all.isEmpty()) {
      double most =
          all.values().stream()
              .flatMap(points -> Stream.concat(points.x().stream(), points.y().stream()))
              .mapToDouble(Double::doubleValue)
              .max()
              .orElse(100);
      XYSeries equal = chart.addSeries("equal", new double[] {0, most}, new double[] {0, most});
      equal.setMarker(SeriesMarkers.NONE);
      equal.setLineColor(Color.GRAY);
      equal.setLineStyle(new BasicStroke(1));
    }
    all.forEach((name, points) -> dots(chart, name, points));
    return all.isEmpty() ? null : chart;
  }

  private static CategoryChart diversity(JsonNode report) {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title("Weights of one shape in different networks")
            .yAxisTitle("absolute cosine distance")
            .build();
    List<String> sources = new ArrayList<>();
    List<Double> distances = new ArrayList<>();
    List<Double> matched = new ArrayList<>();
    report
        .path("summary")
        .path("sources")
        .properties()
        .forEach(
            source -> {
              if (source.getValue().path("distance").isNumber()) {
                sources.add(source.getKey());
                distances.add(source.getValue().path("distance").asDouble());
                JsonNode apart = source.getValue().path("matched");
                // Without a bar: not the same as 0.
                matched.add(apart.isNumber() ? apart.asDouble() : null);
              }
            });
    if (!sources.isEmpty()) {
      chart.addSeries("as they are", sources, distances);
      chart.addSeries("channels matched", sources, matched);
    }
    return sources.isEmpty() ? null : chart;
  }

  /** A line for each kind of weights: the median over networks at each depth. */
  private static XYChart variance(JsonNode report) {
    XYChart chart =
        chart(
            "Variance of activations, median of networks",
            "depth, from input to output",
            "decimal logarithm of the variance");
    Map<String, List<LayerVariances>> sources = new LinkedHashMap<>();
    for (JsonNode network : report.path("networks")) {
      network
          .path("variances")
          .properties()
          .forEach(
              source -> {
                LayerVariances layers = LayerVariances.of(source.getValue());
                if (layers.values().length > 0) {
                  sources.computeIfAbsent(source.getKey(), name -> new ArrayList<>()).add(layers);
                }
              });
    }
    sources.forEach(
        (name, networks) -> {
          Points line = new Points();
          for (int i = 0; i < DEPTHS; i++) {
            double depth = (i + 0.5) / DEPTHS;
            double[] values =
                networks.stream().mapToDouble(layers -> layers.logarithmAt(depth)).toArray();
            Arrays.sort(values);
            line.add(depth, (values[(values.length - 1) / 2] + values[values.length / 2]) / 2);
          }
          chart.addSeries(name, line.x(), line.y()).setMarker(SeriesMarkers.NONE);
        });
    return sources.isEmpty() ? null : chart;
  }
}
