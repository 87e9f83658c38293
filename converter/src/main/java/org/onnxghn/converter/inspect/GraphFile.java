package org.onnxghn.converter.inspect;

import java.nio.file.Path;
import java.util.Locale;
import org.onnxghn.converter.ConversionException;
import org.onnxghn.converter.TextFile;
import org.onnxghn.converter.report.JsonOutput;

/** A file that shows a computational graph; the name's end says in which form. */
public final class GraphFile {
  /** The graph is too large to be drawn, or the form of the picture is not known. */
  static final String NOT_DRAWABLE = "OG-413";

  private GraphFile() {}

  /** Drawn for people. */
  private static final String SVG = ".svg";

  /** Graphviz. */
  private static final String DOT = ".dot";

  private static final String JSON = ".json";

  /**
   * Refuses a name that says no form, before any work is done.
   *
   * @throws ConversionException OG-413
   */
  public static void requireKnownForm(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    if (!name.endsWith(SVG) && !name.endsWith(DOT) && !name.endsWith(JSON)) {
      throw new ConversionException(
          NOT_DRAWABLE,
          "the end of '" + file + "' says no form of a graph",
          "Name a file that ends in .svg, .dot or .json.");
    }
  }

  /**
   * Writes the graph.
   *
   * @throws ConversionException OG-401 when the file cannot be written, OG-413 when the graph is
   *     too large to be drawn or the form is not known
   */
  public static void write(Path file, Inspection inspection) {
    requireKnownForm(file);
    String name = file.toString().toLowerCase(Locale.ROOT);
    GraphReport graph = inspection.graph();
    String title = inspection.input().path();
    if (name.endsWith(SVG)) {
      TextFile.write(file, SvgDrawing.of(GraphLayout.of(graph), title));
    } else if (name.endsWith(DOT)) {
      TextFile.write(file, DotText.of(graph, title));
    } else {
      TextFile.write(file, JsonOutput.of("inspect graph", graph) + "\n");
    }
  }
}
