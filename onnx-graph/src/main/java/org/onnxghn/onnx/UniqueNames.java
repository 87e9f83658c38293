package org.onnxghn.onnx;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.SparseTensorProto;
import org.onnxghn.onnx.proto.TensorProto;

/** Gives tensors names that are unique in the model, though ONNX names are so in a graph only. */
final class UniqueNames {
  private final Set<String> repeated = new HashSet<>();
  private final Set<String> given = new HashSet<>();

  private final Map<Object, StoredTensor> known;

  /**
   * @param bodies all bodies of the model, the main graph first
   * @param known tensors that keep their names, by the part of the protobuf that holds them
   */
  UniqueNames(List<Body> bodies, Map<Object, StoredTensor> known) {
    this.known = known;
    if (bodies.size() > 1) {
      Set<String> seen = new HashSet<>();
      bodies.forEach(body -> findRepeated(body, seen));
    }
  }

  /**
   * The name itself in the main graph and where no other body defines it; otherwise with {@code @}
   * and the path of the body. Asked once for each tensor, the main graph's first.
   *
   * @param proto the part of the protobuf that holds the tensor
   */
  String of(String name, Body body, Object proto) {
    StoredTensor before = known.get(proto);
    if (before != null && given.add(before.name())) {
      return before.name();
    }
    String unique = name;
    if (body.kind() != Body.Kind.MAIN && repeated.contains(name)) {
      unique = name + "@" + body.path();
    }
    // Paths repeat where names of nodes do, and a tensor may be called like a name and a path; the
    // body's number tells them apart.
    while (!given.add(unique)) {
      unique += "#" + body.index();
    }
    return unique;
  }

  private void findRepeated(Body body, Set<String> seen) {
    if (body.graph() != null) {
      for (TensorProto tensor : body.graph().getInitializerList()) {
        note(tensor.getName(), seen);
      }
      for (SparseTensorProto sparse : body.graph().getSparseInitializerList()) {
        note(sparse.getValues().getName(), seen);
      }
    }
    if (body.kind() == Body.Kind.MAIN) {
      body.graph().getInputList().forEach(input -> note(input.getName(), seen));
    }
    List<NodeProto> nodes = body.nodes();
    Map<Integer, Integer> copies = IdentityCopies.of(body);
    for (int n = 0; n < nodes.size(); n++) {
      NodeProto node = nodes.get(n);
      boolean constant = node.getOpType().startsWith("Constant") && node.getOutputCount() > 0;
      if (constant || copies.containsKey(n)) {
        note(node.getOutput(0), seen);
      }
    }
  }

  private void note(String name, Set<String> seen) {
    if (!seen.add(name)) {
      repeated.add(name);
    }
  }
}
