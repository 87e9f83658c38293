package org.onnxghn.ghn.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.Sha256;

/** SHA-256 of a checkpoint that is not, or not only, a file. */
final class CheckpointHash {
  private static final int CHUNK = 1 << 16;

  private CheckpointHash() {}

  /** Of the float32 file that would be written. */
  static String ofFile(Checkpoint checkpoint) {
    Sink sink = new Sink(Sha256.digest());
    try {
      checkpoint.writer(ElementType.FLOAT).write(sink);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return HexFormat.of().formatHex(sink.digest.digest());
  }

  /** Of "name shape newline" and the little-endian float32 values, tensor by tensor. */
  static String ofWeights(Map<String, TensorSource> tensors) {
    MessageDigest digest = Sha256.digest();
    FloatBuffer values = FloatBuffer.allocate(CHUNK);
    ByteBuffer bytes = ByteBuffer.allocate(CHUNK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    tensors.forEach(
        (name, tensor) -> {
          String head = name + " " + tensor.shape() + "\n";
          digest.update(head.getBytes(StandardCharsets.UTF_8));
          long elements = tensor.shape().elements();
          for (long first = 0; first < elements; first += values.limit()) {
            values.clear().limit((int) Math.min(CHUNK, elements - first));
            tensor.read(first, values);
            bytes.clear().asFloatBuffer().put(values.flip());
            digest.update(bytes.limit(values.limit() * Float.BYTES));
          }
        });
    return HexFormat.of().formatHex(digest.digest());
  }

  private record Sink(MessageDigest digest) implements WritableByteChannel {
    @Override
    public int write(ByteBuffer bytes) {
      int n = bytes.remaining();
      digest.update(bytes);
      return n;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
