package org.onnxghn.converter.check;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.onnxghn.graph.Finding;
import org.onnxghn.onnx.Sha256;

/**
 * Names a model's findings so that another run finds them again: a hash of the model's path, the
 * finding's code, severity, node, operator and tensor, and a running number where all of these are
 * equal. Messages may change without making a finding new; a finding that becomes more severe is a
 * new one.
 */
final class Fingerprints {
  private static final int BYTES = 16;

  private final String path;
  private final MessageDigest sha256 = Sha256.digest();
  private final Map<String, Integer> seen = new HashMap<>();

  Fingerprints(String path) {
    this.path = path;
  }

  /** 32 hexadecimal digits. */
  String of(Finding finding) {
    String first = hash(finding, 0);
    int earlier = seen.merge(first, 1, Integer::sum) - 1;
    return earlier == 0 ? first : hash(finding, earlier);
  }

  private String hash(Finding finding, int number) {
    add(path);
    add(finding.code());
    add(finding.severity().label());
    add(finding.node());
    add(finding.domain());
    add(finding.opType());
    add(finding.tensor());
    add(Integer.toString(number));
    return HexFormat.of().formatHex(sha256.digest(), 0, BYTES);
  }

  /** With its length in front, so that no two sequences of fields have the same bytes. */
  private void add(String field) {
    byte[] bytes = field == null ? new byte[0] : field.getBytes(StandardCharsets.UTF_8);
    String length = field == null ? "-" : Integer.toString(bytes.length);
    sha256.update((length + ":").getBytes(StandardCharsets.UTF_8));
    sha256.update(bytes);
  }
}
