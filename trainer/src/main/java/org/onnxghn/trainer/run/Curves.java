package org.onnxghn.trainer.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws the course of a run from its metrics, as SVG and PNG. */
public final class Curves {
  private static final Color[] COLOURS = {
    new Color(0x1f77b4), new Color(0xd62728), new Color(0x2ca02c), new Color(0x9467bd)
  };

  /**
   * One curve.
   *
   * @param label in the legend
   * @param field of the metrics
   * @param right whether it has the axis on the right, which goes from 0 to 1
   */
  public record Curve(String label, String field, boolean right) {}

  private Curves() {}

  /**
   * Draws {@code NAME.svg} and {@code NAME.png}. Curves without two numbers are left out; without
   * any curve nothing is written.
   */
  public static void write(
      RunFolder folder, String name, String title, String left, List<Curve> curves) {
    List<JsonNode> lines = MetricsLog.read(folder.file(MetricsLog.FILE));
    XYChart chart =
        new XYChartBuilder()
            .width(900)
            .height(520)
            .title(title)
            .xAxisTitle("step")
            .yAxisTitle(left)
            .build();
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
    chart.getStyler().setLegendLayout(Styler.LegendLayout.Horizontal);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setPlotBorderVisible(false);
    chart.getStyler().setMarkerSize(5);
    chart.getStyler().setSeriesColors(COLOURS);
    chart.getStyler().setYAxisGroupPosition(1, Styler.YAxisPosition.Right);
    chart.setYAxisGroupTitle(1, "accuracy");
    List<Curve> drawn = curves.stream().filter(curve -> add(chart, curve, lines)).toList();
    if (drawn.isEmpty()) {
      return;
    }
    if (drawn.stream().anyMatch(Curve::right)) {
      chart.getStyler().setYAxisMin(1, 0.0);
      chart.getStyler().setYAxisMax(1, 1.0);
    }
    Path target = folder.file(name);
    try {
      replace(folder.file(name + ".svg"), ChartEncoder.getBytes(chart, "svg"));
      replace(folder.file(name + ".png"), ChartEncoder.getBytes(chart, "png"));
    } catch (IOException e) {
      throw new RunException(
          RunException.FILE,
          "the curves " + target + " cannot be written: " + e.getMessage(),
          "Check that the folder exists, may be written to, and has space.",
          e);
    }
  }

  /** A new file: the old one may have a second name elsewhere. */
  private static void replace(Path file, byte[] content) throws IOException {
    Files.deleteIfExists(file);
    Files.write(file, content, StandardOpenOption.CREATE_NEW);
  }

  private static boolean add(XYChart chart, Curve curve, List<JsonNode> lines) {
    List<Double> steps = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    for (JsonNode line : lines) {
      JsonNode value = line.path(curve.field());
      if (value.isNumber()) {
        steps.add(line.path("step").asDouble());
        values.add(value.asDouble());
      }
    }
    if (steps.size() < 2) {
      return false;
    }
    XYSeries series = chart.addSeries(curve.label(), steps, values);
    series.setYAxisGroup(curve.right() ? 1 : 0);
    series.setMarker(steps.size() <= 60 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    series.setLineStyle(SeriesLines.SOLID);
    series.setLineWidth(1.6f);
    return true;
  }
}
