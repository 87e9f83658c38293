package org.onnxghn.converter.inspect;

import java.util.ArrayList;
import java.util.List;
import org.eclipse.elk.alg.layered.LayeredLayoutProvider;
import org.eclipse.elk.alg.layered.options.LayeredOptions;
import org.eclipse.elk.alg.layered.options.WrappingStrategy;
import org.eclipse.elk.core.data.LayoutMetaDataService;
import org.eclipse.elk.core.math.ElkPadding;
import org.eclipse.elk.core.options.Direction;
import org.eclipse.elk.core.options.EdgeRouting;
import org.eclipse.elk.core.util.BasicProgressMonitor;
import org.eclipse.elk.graph.ElkBendPoint;
import org.eclipse.elk.graph.ElkEdge;
import org.eclipse.elk.graph.ElkEdgeSection;
import org.eclipse.elk.graph.ElkNode;
import org.eclipse.elk.graph.util.ElkGraphUtil;
import org.onnxghn.converter.ConversionException;

/**
 * Where the nodes and edges of a drawing are, in pixels; Eclipse's layered layout places them, from
 * the top down, and a long graph goes on in further columns.
 */
record GraphLayout(double width, double height, List<Box> boxes, List<Line> lines) {
  private static final int MOST_NODES = 4000;
  private static final int MOST_EDGES = 12_000;

  private static final double HEIGHT = 38;

  /** Pixels that a character needs at most on average. */
  private static final double CHARACTER = 6.6;

  private static final double BOLD_CHARACTER = 7.8;

  /** A node's place. */
  record Box(GraphReport.Node node, double x, double y, double width, double height) {}

  /**
   * An edge.
   *
   * @param routed whether it goes around nodes
   */
  record Line(List<Point> points, boolean routed) {}

  /** A place. */
  record Point(double x, double y) {}

  /**
   * Lays out a graph.
   *
   * @throws ConversionException OG-413 when it is too large for a drawing
   */
  static GraphLayout of(GraphReport graph) {
    if (graph.nodes().size() > MOST_NODES || graph.edges().size() > MOST_EDGES) {
      throw new ConversionException(
          GraphFile.NOT_DRAWABLE,
          "the graph has %d nodes and %d edges; at most %d and %d can be drawn"
              .formatted(graph.nodes().size(), graph.edges().size(), MOST_NODES, MOST_EDGES),
          "Write it as .dot or .json and look at a part of it with another tool.");
    }
    ElkNode root = ElkGraphUtil.createGraph();
    root.setProperty(LayeredOptions.DIRECTION, Direction.DOWN);
    root.setProperty(LayeredOptions.EDGE_ROUTING, EdgeRouting.POLYLINE);
    root.setProperty(LayeredOptions.WRAPPING_STRATEGY, WrappingStrategy.MULTI_EDGE);
    root.setProperty(LayeredOptions.ASPECT_RATIO, 1.5);
    root.setProperty(LayeredOptions.SPACING_NODE_NODE_BETWEEN_LAYERS, 22.0);
    root.setProperty(LayeredOptions.WRAPPING_ADDITIONAL_EDGE_SPACING, 30.0);
    root.setProperty(LayeredOptions.PADDING, new ElkPadding(20));
    List<ElkNode> nodes = new ArrayList<>();
    for (GraphReport.Node node : graph.nodes()) {
      ElkNode box = ElkGraphUtil.createNode(root);
      double text =
          Math.max(
              NodeLabel.headline(node).length() * BOLD_CHARACTER,
              NodeLabel.shortName(node).length() * CHARACTER);
      box.setDimensions(Math.max(70, text + 14), HEIGHT);
      nodes.add(box);
    }
    Spans spans = Spans.of(graph);
    for (List<Integer> edge : graph.edges()) {
      if (spans.isRouted(edge)) {
        ElkGraphUtil.createSimpleEdge(nodes.get(edge.get(0)), nodes.get(edge.get(1)));
      }
    }
    // Registers the types of options; without it the library cannot copy their defaults.
    LayoutMetaDataService.getInstance();
    new LayeredLayoutProvider().layout(root, new BasicProgressMonitor());
    List<Box> boxes = new ArrayList<>();
    for (int i = 0; i < nodes.size(); i++) {
      ElkNode box = nodes.get(i);
      boxes.add(
          new Box(graph.nodes().get(i), box.getX(), box.getY(), box.getWidth(), box.getHeight()));
    }
    List<Line> lines = new ArrayList<>();
    for (List<Integer> edge : graph.edges()) {
      if (!spans.isRouted(edge)) {
        lines.add(straight(boxes.get(edge.get(0)), boxes.get(edge.get(1))));
      }
    }
    root.getContainedEdges().forEach(edge -> lines.add(new Line(points(edge), true)));
    return new GraphLayout(root.getWidth(), root.getHeight(), boxes, lines);
  }

  private static Line straight(Box from, Box to) {
    return new Line(
        List.of(
            new Point(from.x() + from.width() / 2, from.y() + from.height()),
            new Point(to.x() + to.width() / 2, to.y())),
        false);
  }

  /**
   * How many layers edges cross. Routing an edge costs as much as the layers that it crosses, so
   * where there are very many long ones (DenseNet) these are drawn straight, below everything else.
   * Each node keeps an edge from the layer before it, which holds the layers together.
   */
  private record Spans(int[] layers, boolean all) {
    private static final long MOST_CROSSINGS = 20_000;
    private static final int LONG = 4;

    static Spans of(GraphReport graph) {
      int[] layers = new int[graph.nodes().size()];
      // Edges come in topological order of their beginnings.
      for (List<Integer> edge : graph.edges()) {
        layers[edge.get(1)] = Math.max(layers[edge.get(1)], layers[edge.get(0)] + 1);
      }
      long crossings = 0;
      for (List<Integer> edge : graph.edges()) {
        crossings += layers[edge.get(1)] - layers[edge.get(0)];
      }
      return new Spans(layers, crossings <= MOST_CROSSINGS);
    }

    boolean isRouted(List<Integer> edge) {
      return all || layers[edge.get(1)] - layers[edge.get(0)] <= LONG;
    }
  }

  private static List<Point> points(ElkEdge edge) {
    List<Point> points = new ArrayList<>();
    for (ElkEdgeSection section : edge.getSections()) {
      points.add(new Point(section.getStartX(), section.getStartY()));
      for (ElkBendPoint bend : section.getBendPoints()) {
        points.add(new Point(bend.getX(), bend.getY()));
      }
      points.add(new Point(section.getEndX(), section.getEndY()));
    }
    return points;
  }
}
