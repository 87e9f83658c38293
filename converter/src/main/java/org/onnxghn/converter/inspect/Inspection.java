package org.onnxghn.converter.inspect;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.onnxghn.converter.Reports;
import org.onnxghn.converter.report.ConversionReport;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.GraphConvention;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.Primitive;
import org.onnxghn.graph.Role;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.graph.importer.Operator;
import org.onnxghn.graph.importer.OperatorUse;
import org.onnxghn.onnx.OnnxModel;

/**
 * What is in a model, and what the importer makes of it; as JSON, the object that shared/JSON.md
 * describes under {@code inspect}.
 *
 * @param input the file
 * @param ops the operators, the most frequent first
 * @param roles the parameters by what they do
 * @param graph the computational graph
 * @param findings the importer's
 */
public record Inspection(
    ConversionReport.Input input,
    List<Op> ops,
    List<RoleCount> roles,
    GraphReport graph,
    List<Finding> findings) {

  /**
   * An operator of the model, subgraphs and functions included.
   *
   * @param sinceVersion the version in force; null when the operator is not known
   * @param use {@code primitive}, {@code transparent}, {@code merge} or {@code unsupported}
   * @param kind the operator table's finer word, {@code function} for a call of a function of the
   *     model, or {@code unknown}
   * @param primitive what it can become, or null
   * @param executable whether the trainer runs it
   */
  public record Op(
      String domain,
      String opType,
      Integer sinceVersion,
      long count,
      String use,
      String kind,
      String primitive,
      boolean executable) {

    private Op times(long number) {
      return new Op(domain, opType, sinceVersion, number, use, kind, primitive, executable);
    }
  }

  /**
   * Parameters with the same role.
   *
   * @param predicted how many of the tensors have a place in the graph
   */
  public record RoleCount(String role, int tensors, int predicted, long elements) {}

  /**
   * Reads and imports a model.
   *
   * @throws org.onnxghn.onnx.OnnxException when the model is refused
   */
  public static Inspection of(Path file, GraphConvention convention) {
    OnnxModel model = OnnxModel.read(file);
    ImportedGraph imported = GraphImporter.importGraph(model, convention);
    return new Inspection(
        Reports.input(file, model, imported),
        ops(model),
        roles(imported.parameters()),
        GraphReport.of(imported.graph()),
        imported.findings());
  }

  private static List<Op> ops(OnnxModel model) {
    // Functions may import another version of a domain, so that one operator may occur in two.
    Map<Op, Long> counts = new HashMap<>();
    OperatorInventory.forEach(model.proto(), use -> counts.merge(op(use), 1L, Long::sum));
    List<Op> ops = new ArrayList<>();
    counts.forEach((op, count) -> ops.add(op.times(count)));
    ops.sort(
        Comparator.comparingLong((Op op) -> -op.count())
            .thenComparing(Op::domain)
            .thenComparing(Op::opType)
            .thenComparing(op -> op.sinceVersion() == null ? 0 : op.sinceVersion()));
    return List.copyOf(ops);
  }

  private static Op op(OperatorInventory.Use use) {
    Optional<Operator> row = use.isFunction() ? Optional.empty() : use.operator();
    String primitives =
        row.map(Operator::primitives).orElse(List.of()).stream()
            .map(Primitive::label)
            .collect(Collectors.joining(" "));
    return new Op(
        use.domain(),
        use.node().getOpType(),
        row.map(Operator::sinceVersion).orElse(null),
        0,
        use.isFunction()
            ? "transparent"
            : row.map(Operator::use).map(Inspection::use).orElse("unsupported"),
        use.isFunction() ? "function" : row.map(r -> r.use().label()).orElse("unknown"),
        primitives.isEmpty() ? null : primitives,
        row.map(Operator::executable).orElse(false));
  }

  private static String use(OperatorUse use) {
    return switch (use) {
      case LAYER, PRIMITIVE -> "primitive";
      case MERGE -> "merge";
      // None of these is seen in the graph; data flows around or through them.
      case TRANSPARENT, SHAPE, SOURCE, CONTROL -> "transparent";
      case UNSUPPORTED, CLASSICAL -> "unsupported";
    };
  }

  private static List<RoleCount> roles(List<Parameter> parameters) {
    Map<Role, List<Parameter>> byRole =
        parameters.stream()
            .collect(Collectors.groupingBy(Parameter::role, TreeMap::new, Collectors.toList()));
    return byRole.entrySet().stream()
        .map(
            entry ->
                new RoleCount(
                    entry.getKey().label(),
                    entry.getValue().size(),
                    (int) entry.getValue().stream().filter(p -> !p.slots().isEmpty()).count(),
                    entry.getValue().stream().mapToLong(p -> p.shape().elements()).sum()))
        .toList();
  }
}
