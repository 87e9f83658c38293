package org.onnxghn.graph.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.SharedData;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.FunctionProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.OperatorSetIdProto;

/** Every operator that occurs in models of others is found, at the opset that they import. */
class ModelOperatorsTest {
  /** Custom operators of the test models of ONNX Runtime; nobody defines them. */
  private static final Set<String> CUSTOM =
      Set.of(
          "abc Slice",
          "ai.onnx Foo",
          "ai.onnx FooBar",
          "ai.onnx.contrib NegPos",
          "com.microsoft Fake_FunctionOp",
          "pyop_kwarg_1 PyOp",
          "pyop_kwarg_2 PyOp",
          "pyopfloat PyOp");

  /** Conformance tests of the Debian package libonnx-testdata (ONNX 1.12). */
  private static final Path NODE_TESTS = Path.of("/usr/share/libonnx-testdata/data/node");

  @ParameterizedTest
  @ValueSource(strings = {"models/real", "models/unit", "models/ext", "torchvision", "golden/onnx"})
  void resolvesTheOperatorsOfSharedModels(String folder) throws IOException {
    List<Path> models = onnxFiles(SharedData.path(folder));
    assertThat(models).isNotEmpty();
    assertThat(unresolved(models)).isEmpty();
  }

  @Test
  void resolvesTheOperatorsOfTheHostileControls() throws IOException {
    Path folder = SharedData.path("hostile");
    List<Path> accepted;
    try (Stream<String> rows = Files.lines(folder.resolve("MANIFEST.tsv"))) {
      accepted =
          rows.map(row -> row.split("\t"))
              .filter(cells -> cells[1].equals("accept"))
              .map(cells -> folder.resolve(cells[0]))
              .toList();
    }
    assertThat(accepted).isNotEmpty();
    assertThat(unresolved(accepted)).isEmpty();
  }

  @Test
  void resolvesTheOperatorsOfTheOfficialNodeTests() throws IOException {
    assumeTrue(Files.exists(NODE_TESTS), () -> "skipped: no libonnx-testdata at " + NODE_TESTS);
    assertThat(unresolved(onnxFiles(NODE_TESTS))).isEmpty();
  }

  private static List<Path> onnxFiles(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().matches(".*\\.onnx(\\.gz)?")).sorted().toList();
    }
  }

  private static Set<String> unresolved(List<Path> models) throws IOException {
    Set<String> unresolved = new TreeSet<>();
    for (Path path : models) {
      ModelProto model = read(path);
      Set<String> functions =
          model.getFunctionsList().stream()
              .map(function -> key(function.getDomain(), function.getName()))
              .collect(Collectors.toSet());
      collect(
          path, model.getGraph().getNodeList(), model.getOpsetImportList(), functions, unresolved);
      for (FunctionProto function : model.getFunctionsList()) {
        collect(path, function.getNodeList(), function.getOpsetImportList(), functions, unresolved);
      }
    }
    return unresolved;
  }

  private static void collect(
      Path path,
      List<NodeProto> nodes,
      List<OperatorSetIdProto> imports,
      Set<String> functions,
      Set<String> unresolved) {
    Map<String, Long> opsets =
        imports.stream()
            .collect(
                Collectors.toMap(
                    entry -> OperatorTable.canonicalDomain(entry.getDomain()),
                    OperatorSetIdProto::getVersion,
                    Math::max));
    Deque<NodeProto> open = new ArrayDeque<>(nodes);
    while (!open.isEmpty()) {
      NodeProto node = open.pop();
      String key = key(node.getDomain(), node.getOpType());
      // A few of ONNX Runtime's models use a domain that they don't import.
      long opset = opsets.getOrDefault(OperatorTable.canonicalDomain(node.getDomain()), 1L);
      if (!functions.contains(key)
          && !CUSTOM.contains(key)
          && OperatorTable.find(node.getDomain(), node.getOpType(), opset).isEmpty()) {
        unresolved.add(key + " opset " + opset + " in " + path.getFileName());
      }
      for (AttributeProto attribute : node.getAttributeList()) {
        open.addAll(attribute.getG().getNodeList());
        attribute.getGraphsList().forEach(graph -> open.addAll(graph.getNodeList()));
      }
    }
  }

  private static String key(String domain, String name) {
    return OperatorTable.canonicalDomain(domain) + ' ' + name;
  }

  private static ModelProto read(Path path) throws IOException {
    try (InputStream file = new BufferedInputStream(Files.newInputStream(path));
        InputStream data = path.toString().endsWith(".gz") ? new GZIPInputStream(file) : file) {
      return ModelProto.parseFrom(data);
    }
  }
}
