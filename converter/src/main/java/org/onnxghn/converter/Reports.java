package org.onnxghn.converter;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.onnxghn.converter.report.ConversionReport;
import org.onnxghn.converter.report.Coverage;
import org.onnxghn.converter.report.ParameterReport;
import org.onnxghn.converter.report.Source;
import org.onnxghn.converter.report.TensorStatistics;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.GraphNode;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Parameter;
import org.onnxghn.onnx.OnnxException;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.Sha256;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.OperatorSetIdProto;

/** Gathers what a report says. */
public final class Reports {
  private Reports() {}

  /** The model file, and how many trainable tensors it has. */
  public static ConversionReport.Input input(Path path, OnnxModel model, ImportedGraph imported) {
    ModelProto proto = model.proto();
    Map<String, Long> opsets = new TreeMap<>();
    for (OperatorSetIdProto opset : proto.getOpsetImportList()) {
      String domain = opset.getDomain().isEmpty() ? "ai.onnx" : opset.getDomain();
      opsets.put(domain, opset.getVersion());
    }
    List<Parameter> trainable =
        imported.parameters().stream().filter(p -> p.role().isTrainable()).toList();
    String producer = proto.getProducerName() + " " + proto.getProducerVersion();
    return new ConversionReport.Input(
        path.toString(),
        model.sha256(),
        model.bytes(),
        proto.getIrVersion(),
        opsets,
        producer.strip(),
        proto.getGraph().getNodeCount(),
        trainable.size(),
        trainable.stream().mapToLong(p -> p.shape().elements()).sum());
  }

  /**
   * The files that were written, as reports name them.
   *
   * @param output the name to show
   * @param files the model, then its external data; none gives null
   */
  public static ConversionReport.Output output(Path output, List<Path> files) {
    if (files.isEmpty()) {
      return null;
    }
    Path model = files.get(0);
    try {
      return new ConversionReport.Output(
          output.toString(),
          sha256(model),
          Files.size(model),
          files.stream()
              .skip(1)
              .map(file -> output.resolveSibling(file.getFileName()).toString())
              .toList());
    } catch (IOException e) {
      throw new ConversionException(
          Codes.OUTPUT, "cannot read " + model + " again: " + e, "Convert once more.", e);
    }
  }

  /** Size and primitives. */
  public static ConversionReport.GraphSummary graph(ComputationalGraph graph) {
    Map<String, Long> primitives = new TreeMap<>();
    for (GraphNode node : graph.nodes()) {
      primitives.merge(node.primitive().label(), 1L, Long::sum);
    }
    return new ConversionReport.GraphSummary(graph.size(), graph.edges(), primitives);
  }

  static Coverage coverage(List<Assignment> assignments) {
    Map<Source, Long> elements = new EnumMap<>(Source.class);
    for (Assignment assignment : assignments) {
      elements.merge(assignment.source(), assignment.parameter().shape().elements(), Long::sum);
    }
    return Coverage.of(elements);
  }

  /**
   * One for each assignment.
   *
   * @param result values of the model that was made
   */
  static List<ParameterReport> parameters(List<Assignment> assignments, StoredValues result) {
    List<ParameterReport> reports = new ArrayList<>();
    for (Assignment assignment : assignments) {
      Parameter parameter = assignment.parameter();
      Optional<TensorStatistics> statistics = statistics(parameter.name(), result);
      reports.add(
          new ParameterReport(
              parameter.name(),
              Arrays.stream(parameter.shape().dims()).boxed().toList(),
              parameter.type().label(),
              parameter.role().label(),
              assignment.source(),
              assignment.primitive() == null ? null : assignment.primitive().label(),
              assignment.reason(),
              statistics.map(TensorStatistics::mean).orElse(null),
              statistics.map(TensorStatistics::std).orElse(null),
              statistics.map(TensorStatistics::l2).orElse(null),
              statistics.map(TensorStatistics::first8).orElse(List.of())));
    }
    return reports;
  }

  /** None of a tensor that was kept and has more elements than can be read. */
  private static Optional<TensorStatistics> statistics(String name, StoredValues result) {
    try {
      return result.floats(name).map(TensorStatistics::of);
    } catch (OnnxException e) {
      return Optional.empty();
    }
  }

  private static String sha256(Path file) throws IOException {
    MessageDigest digest = Sha256.digest();
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
