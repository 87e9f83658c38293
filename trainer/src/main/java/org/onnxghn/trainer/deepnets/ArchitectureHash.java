package org.onnxghn.trainer.deepnets;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.GraphNode;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.Sha256;

/**
 * A hash of a computational graph that depends neither on names nor on the order of its nodes
 * (eight rounds of Weisfeiler and Leman's colour refinement): equal networks have equal hashes.
 * Networks with other primitives, shapes or connections have others, but for graphs that refinement
 * cannot tell apart, and deep ones that differ only in what is more than eight edges apart.
 */
public final class ArchitectureHash {
  private static final int ROUNDS = 8;

  private ArchitectureHash() {}

  /** Of the network's computational graph. */
  public static String of(OnnxModel network) {
    return of(GraphImporter.importGraph(network).graph());
  }

  /** Whether the text can be such a hash. */
  public static boolean isHash(String text) {
    return text.matches("[0-9a-f]{64}");
  }

  /** SHA-256 in hexadecimal. */
  public static String of(ComputationalGraph graph) {
    int n = graph.size();
    List<List<Integer>> before = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      before.add(new ArrayList<>());
    }
    for (int from = 0; from < n; from++) {
      for (int to : graph.successors(from)) {
        before.get(to).add(from);
      }
    }
    MessageDigest digest = Sha256.digest();
    long[] colours = new long[n];
    for (GraphNode node : graph.nodes()) {
      colours[node.index()] = hash(digest, label(node));
    }
    for (int round = 0; round < ROUNDS; round++) {
      long[] next = new long[n];
      for (int i = 0; i < n; i++) {
        long[] in = before.get(i).stream().mapToLong(j -> colours[j]).sorted().toArray();
        int[] successors = graph.successors(i);
        long[] out = Arrays.stream(successors).mapToLong(j -> colours[j]).sorted().toArray();
        next[i] = hash(digest, colours[i], in, out);
      }
      System.arraycopy(next, 0, colours, 0, n);
    }
    Arrays.sort(colours);
    ByteBuffer bytes = ByteBuffer.allocate(n * Long.BYTES);
    bytes.asLongBuffer().put(colours);
    return HexFormat.of().formatHex(digest.digest(bytes.array()));
  }

  private static byte[] label(GraphNode node) {
    StringBuilder label = new StringBuilder(node.primitive().label()).append(node.shape());
    node.slots().forEach(slot -> label.append(slot.role()).append(slot.shape()));
    return label.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static long hash(MessageDigest digest, byte[] bytes) {
    return ByteBuffer.wrap(digest.digest(bytes)).getLong();
  }

  private static long hash(MessageDigest digest, long own, long[] in, long[] out) {
    ByteBuffer bytes = ByteBuffer.allocate((3 + in.length + out.length) * Long.BYTES);
    bytes.putLong(own).putLong(in.length).putLong(out.length);
    for (long value : in) {
      bytes.putLong(value);
    }
    for (long value : out) {
      bytes.putLong(value);
    }
    return hash(digest, bytes.array());
  }
}
