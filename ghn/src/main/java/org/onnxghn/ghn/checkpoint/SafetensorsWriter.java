package org.onnxghn.ghn.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.UUID;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.HalfFloats;

/** Writes safetensors, in chunks: the memory it needs does not depend on the tensors' sizes. */
final class SafetensorsWriter {
  private static final int CHUNK = 1 << 18;
  private static final int ALIGNMENT = 64;

  private final Map<String, String> metadata;
  private final Map<String, TensorSource> tensors;
  private final ElementType type;

  SafetensorsWriter(
      Map<String, String> metadata, Map<String, TensorSource> tensors, ElementType type) {
    if (type != ElementType.FLOAT && type != ElementType.FLOAT16) {
      throw new CheckpointException(
          CheckpointException.TENSOR_TYPE,
          "checkpoints are not written as " + type.label(),
          "choose float32 or float16");
    }
    this.metadata = metadata;
    this.tensors = tensors;
    this.type = type;
  }

  /** To a temporary file beside the target, synced, then renamed; nothing is left on failure. */
  void write(Path out) {
    Path target = out.toAbsolutePath();
    try {
      if (!Files.isDirectory(target.getParent())) {
        throw new IOException("there is no folder " + target.getParent());
      }
      // Not createTempFile, whose files only their owner may read.
      Path temporary =
          target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
      // Where the program is interrupted; after the hooks, in which trainings store their state.
      temporary.toFile().deleteOnExit();
      try {
        try (FileChannel channel =
            FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
          write(channel);
          channel.force(true);
        }
        Files.move(
            temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw new CheckpointException(
          CheckpointException.IO,
          out + " cannot be written: " + e.getMessage(),
          "check that the folder exists, is writable and has space",
          e);
    }
  }

  void write(WritableByteChannel out) throws IOException {
    byte[] header = header();
    ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    writeAll(out, length.putLong(header.length).flip());
    writeAll(out, ByteBuffer.wrap(header));
    FloatBuffer values = FloatBuffer.allocate(CHUNK);
    ByteBuffer bytes = ByteBuffer.allocate(CHUNK * width()).order(ByteOrder.LITTLE_ENDIAN);
    for (Map.Entry<String, TensorSource> tensor : tensors.entrySet()) {
      long elements = tensor.getValue().shape().elements();
      for (long first = 0; first < elements; first += values.limit()) {
        values.clear().limit((int) Math.min(CHUNK, elements - first));
        tensor.getValue().read(first, values);
        encode(tensor.getKey(), values.flip(), bytes.clear());
        writeAll(out, bytes.flip());
      }
    }
  }

  private void encode(String name, FloatBuffer values, ByteBuffer bytes) {
    if (type == ElementType.FLOAT) {
      bytes.asFloatBuffer().put(values);
      bytes.position(values.limit() * Float.BYTES);
      values.rewind();
      return;
    }
    for (int i = 0; i < values.limit(); i++) {
      float value = values.get(i);
      if (Float.isFinite(value) && Math.abs(value) >= 65520f) {
        throw new CheckpointException(
            CheckpointException.RANGE,
            "tensor '" + name + "' has the value " + value + ", which float16 cannot hold",
            "write the checkpoint as float32");
      }
      bytes.putShort(HalfFloats.toHalf(value));
    }
  }

  private byte[] header() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
      json.writeStartObject();
      json.writeObjectFieldStart("__metadata__");
      for (Map.Entry<String, String> entry : metadata.entrySet()) {
        json.writeStringField(entry.getKey(), entry.getValue());
      }
      json.writeEndObject();
      long at = 0;
      for (Map.Entry<String, TensorSource> tensor : tensors.entrySet()) {
        long[] dims = tensor.getValue().shape().dims();
        long end = at + tensor.getValue().shape().elements() * width();
        json.writeObjectFieldStart(tensor.getKey());
        json.writeStringField("dtype", type == ElementType.FLOAT ? "F32" : "F16");
        json.writeFieldName("shape");
        json.writeArray(dims, 0, dims.length);
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {at, end}, 0, 2);
        json.writeEndObject();
        at = end;
      }
      json.writeEndObject();
    }
    // Spaces at the end are part of the format: they align the first tensor.
    int padding = Math.floorMod(-(Long.BYTES + bytes.size()), ALIGNMENT);
    bytes.write(" ".repeat(padding).getBytes(StandardCharsets.US_ASCII));
    return bytes.toByteArray();
  }

  private int width() {
    return type.bits() / Byte.SIZE;
  }

  private static void writeAll(WritableByteChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }
}
