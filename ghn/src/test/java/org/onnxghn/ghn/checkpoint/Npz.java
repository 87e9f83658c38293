package org.onnxghn.ghn.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.onnxghn.onnx.Shape;

/** NumPy's archives of float32 arrays: what the golden checkpoints are compared with. */
record Npz(Map<String, Shape> shapes, Map<String, float[]> values) {
  private static final Pattern SHAPE = Pattern.compile("'shape': \\(([^)]*)\\)");

  static Npz read(InputStream in) throws IOException {
    Npz npz = new Npz(new LinkedHashMap<>(), new LinkedHashMap<>());
    try (ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        npz.add(entry.getName().replaceFirst("\\.npy$", ""), zip.readAllBytes());
      }
    }
    return npz;
  }

  private void add(String name, byte[] npy) {
    ByteBuffer bytes = ByteBuffer.wrap(npy).order(ByteOrder.LITTLE_ENDIAN);
    int headerLength = bytes.getShort(8) & 0xffff;
    String header = new String(npy, 10, headerLength, StandardCharsets.US_ASCII);
    Matcher matcher = SHAPE.matcher(header);
    if (!matcher.find() || !header.contains("'<f4'") || header.contains("order': True")) {
      throw new IllegalArgumentException(name + ": " + header);
    }
    long[] dims =
        Arrays.stream(matcher.group(1).split(","))
            .map(String::trim)
            .filter(text -> !text.isEmpty())
            .mapToLong(Long::parseLong)
            .toArray();
    float[] array = new float[(npy.length - 10 - headerLength) / Float.BYTES];
    bytes
        .position(10 + headerLength)
        .slice()
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(array);
    shapes.put(name, Shape.of(dims));
    values.put(name, array);
  }
}
