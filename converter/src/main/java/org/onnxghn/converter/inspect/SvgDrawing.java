package org.onnxghn.converter.inspect;

import java.io.StringWriter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.onnxghn.converter.report.Escape;

/**
 * A drawing of a computational graph: nodes coloured by primitive, their whole names as tooltips, a
 * legend below. No script, no style sheet, nothing from elsewhere.
 */
final class SvgDrawing {
  private static final double LEGEND_HEIGHT = 40;
  private static final double LEGEND_WIDTH = 100;

  private final XMLStreamWriter xml;

  private SvgDrawing(XMLStreamWriter xml) {
    this.xml = xml;
  }

  static String of(GraphLayout layout, String title) {
    StringWriter text = new StringWriter();
    try {
      XMLStreamWriter xml = XMLOutputFactory.newFactory().createXMLStreamWriter(text);
      new SvgDrawing(xml).draw(layout, title);
      xml.close();
    } catch (XMLStreamException e) {
      throw new IllegalStateException("a string can always be written to", e);
    }
    return text.append('\n').toString();
  }

  private void draw(GraphLayout layout, String title) throws XMLStreamException {
    List<String> primitives =
        layout.boxes().stream().map(box -> box.node().primitive()).distinct().sorted().toList();
    double width = Math.max(layout.width(), 20 + primitives.size() * LEGEND_WIDTH);
    double height = layout.height() + LEGEND_HEIGHT;
    xml.writeStartDocument("UTF-8", "1.0");
    open("svg");
    xml.writeDefaultNamespace("http://www.w3.org/2000/svg");
    attributes("width", number(width), "height", number(height));
    attributes("viewBox", "0 0 " + number(width) + " " + number(height));
    attributes("font-family", "DejaVu Sans, Verdana, sans-serif", "font-size", "11");
    element("title", Escape.name(title));
    arrowHead();
    empty("rect", "width", "100%", "height", "100%", "fill", "#ffffff");
    for (GraphLayout.Line line : layout.lines()) {
      empty(
          "polyline",
          "points",
          line.points().stream()
              .map(point -> number(point.x()) + "," + number(point.y()))
              .collect(Collectors.joining(" ")),
          "fill",
          "none",
          "stroke",
          line.routed() ? "#777777" : "#e3e3e3",
          "marker-end",
          "url(#arrow)");
    }
    for (GraphLayout.Box box : layout.boxes()) {
      node(box);
    }
    legend(primitives, layout.height());
    xml.writeEndElement();
    xml.writeEndDocument();
  }

  private void arrowHead() throws XMLStreamException {
    open("defs");
    open("marker");
    attributes("id", "arrow", "viewBox", "0 0 8 8", "refX", "8", "refY", "4");
    attributes("markerWidth", "7", "markerHeight", "7", "orient", "auto");
    empty("path", "d", "M0,0 L8,4 L0,8 z", "fill", "#777777");
    xml.writeEndElement();
    xml.writeEndElement();
  }

  private void node(GraphLayout.Box box) throws XMLStreamException {
    GraphReport.Node node = box.node();
    open("g");
    String bias = node.bias() == null ? "" : "\nwith " + Escape.name(node.bias());
    element(
        "title",
        (node.index() + " " + NodeLabel.headline(node) + "\n" + NodeLabel.fullName(node) + bias)
            .strip());
    rectangle(box.x(), box.y(), box.width(), box.height(), node.primitive());
    String name = NodeLabel.shortName(node);
    double middle = box.x() + box.width() / 2;
    double first = box.y() + (name.isEmpty() ? 23 : 15);
    text(NodeLabel.headline(node), middle, first, "font-weight", "bold");
    if (!name.isEmpty()) {
      text(name, middle, box.y() + 30, "fill", "#444444");
    }
    xml.writeEndElement();
  }

  private void legend(List<String> primitives, double top) throws XMLStreamException {
    double x = 20;
    for (String primitive : primitives) {
      rectangle(x, top + 4, LEGEND_WIDTH - 10, 22, primitive);
      text(primitive, x + (LEGEND_WIDTH - 10) / 2, top + 19, "fill", "#000000");
      x += LEGEND_WIDTH;
    }
  }

  private void rectangle(double x, double y, double width, double height, String primitive)
      throws XMLStreamException {
    open("rect");
    attributes("x", number(x), "y", number(y), "width", number(width), "height", number(height));
    attributes("rx", "5", "stroke", "#555555", "fill", NodeLabel.colour(primitive));
    xml.writeEndElement();
  }

  private void text(String text, double x, double y, String key, String value)
      throws XMLStreamException {
    open("text");
    attributes("x", number(x), "y", number(y), "text-anchor", "middle", key, value);
    xml.writeCharacters(text);
    xml.writeEndElement();
  }

  private void open(String element) throws XMLStreamException {
    xml.writeCharacters("\n");
    xml.writeStartElement(element);
  }

  private void element(String element, String content) throws XMLStreamException {
    open(element);
    xml.writeCharacters(content);
    xml.writeEndElement();
  }

  private void empty(String element, String... attributes) throws XMLStreamException {
    xml.writeCharacters("\n");
    xml.writeEmptyElement(element);
    attributes(attributes);
  }

  private void attributes(String... keysAndValues) throws XMLStreamException {
    for (int i = 0; i < keysAndValues.length; i += 2) {
      xml.writeAttribute(keysAndValues[i], keysAndValues[i + 1]);
    }
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
