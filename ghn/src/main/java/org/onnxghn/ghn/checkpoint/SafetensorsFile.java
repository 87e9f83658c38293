package org.onnxghn.ghn.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.Shape;

/**
 * Reads a safetensors file: eight bytes with the header's length, a JSON header, the tensors' bytes
 * without gap or overlap.
 *
 * @param metadata the header's {@code __metadata__}
 * @param tensors by name, in the order of the header
 */
record SafetensorsFile(Map<String, String> metadata, Map<String, FileTensor> tensors) {
  private static final long MAX_HEADER = 100_000_000;
  private static final int MAX_TENSORS = 100_000;
  private static final int MAX_RANK = 8;
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private record Entry(String name, ElementType type, Shape shape, long begin, long end) {}

  static SafetensorsFile read(FileBytes file) {
    if (file.size() < Long.BYTES) {
      throw file.damaged("is too short for a safetensors file");
    }
    ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    file.read(0, length);
    long headerLength = length.getLong(0);
    if (headerLength < 2 || headerLength > MAX_HEADER) {
      throw malformed(file, "a header of " + Long.toUnsignedString(headerLength) + " bytes");
    }
    if (headerLength > file.size() - Long.BYTES) {
      throw file.damaged("ends inside its header of " + headerLength + " bytes");
    }
    ByteBuffer header = ByteBuffer.allocate((int) headerLength);
    file.read(Long.BYTES, header);
    if (header.get(0) != '{') {
      throw malformed(file, "a header that does not begin with '{'");
    }
    Map<String, String> metadata = new LinkedHashMap<>();
    List<Entry> entries = new ArrayList<>();
    try (JsonParser json = JSON.createParser(header.array())) {
      parse(file, json, metadata, entries);
    } catch (IOException e) {
      throw new CheckpointException(
          CheckpointException.SAFETENSORS,
          file.name() + ": the header is not valid JSON",
          "write the file again with a safetensors library",
          e);
    }
    return new SafetensorsFile(metadata, place(file, Long.BYTES + headerLength, entries));
  }

  private static void parse(
      FileBytes file, JsonParser json, Map<String, String> metadata, List<Entry> entries)
      throws IOException {
    expect(file, json.nextToken() == JsonToken.START_OBJECT, "the header");
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      expect(file, json.nextToken() == JsonToken.START_OBJECT, "the entry of '" + name + "'");
      if (name.equals("__metadata__")) {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
          String key = json.currentName();
          expect(file, json.nextToken() == JsonToken.VALUE_STRING, "metadata '" + key + "'");
          metadata.put(key, json.getText());
        }
      } else {
        entries.add(entry(file, json, name));
        if (entries.size() > MAX_TENSORS) {
          throw malformed(file, "more than " + MAX_TENSORS + " tensors");
        }
      }
    }
    expect(file, json.nextToken() == null, "what follows the header");
  }

  private static Entry entry(FileBytes file, JsonParser json, String name) throws IOException {
    ElementType type = null;
    List<Long> dims = null;
    List<Long> offsets = null;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String field = json.currentName();
      json.nextToken();
      switch (field) {
        case "dtype" -> {
          expect(file, json.currentToken() == JsonToken.VALUE_STRING, "dtype of '" + name + "'");
          type = type(file, name, json.getText());
        }
        case "shape" -> dims = numbers(file, json, "shape of '" + name + "'");
        case "data_offsets" -> offsets = numbers(file, json, "data_offsets of '" + name + "'");
        default -> throw malformed(file, "tensor '" + name + "' with a field '" + field + "'");
      }
    }
    if (type == null || dims == null || offsets == null || offsets.size() != 2) {
      throw malformed(file, "tensor '" + name + "' without dtype, shape and two data_offsets");
    }
    try {
      return new Entry(name, type, Shape.of(dims), offsets.get(0), offsets.get(1));
    } catch (ArithmeticException e) {
      throw malformed(file, "tensor '" + name + "' with more elements than a long counts");
    }
  }

  private static ElementType type(FileBytes file, String name, String dtype) {
    return switch (dtype) {
      case "F32" -> ElementType.FLOAT;
      case "F16" -> ElementType.FLOAT16;
      case "BF16" -> ElementType.BFLOAT16;
      case "F64" -> ElementType.DOUBLE;
      default ->
          throw new CheckpointException(
              CheckpointException.TENSOR_TYPE,
              file.name() + ": tensor '" + name + "' has dtype '" + dtype + "'",
              "checkpoints hold F32, F16, BF16 or F64 tensors: convert it");
    };
  }

  private static List<Long> numbers(FileBytes file, JsonParser json, String what)
      throws IOException {
    expect(file, json.currentToken() == JsonToken.START_ARRAY, what);
    List<Long> numbers = new ArrayList<>();
    while (json.nextToken() == JsonToken.VALUE_NUMBER_INT) {
      expect(file, json.getLongValue() >= 0 && numbers.size() < MAX_RANK, what);
      numbers.add(json.getLongValue());
    }
    expect(file, json.currentToken() == JsonToken.END_ARRAY, what);
    return numbers;
  }

  private static Map<String, FileTensor> place(FileBytes file, long base, List<Entry> entries) {
    List<Entry> inOrder = new ArrayList<>(entries);
    inOrder.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long at = 0;
    for (Entry entry : inOrder) {
      String tensor = "tensor '" + entry.name + "'";
      if (entry.begin != at) {
        throw malformed(file, tensor + " leaving a gap or overlap before byte " + entry.begin);
      }
      long width = entry.type.bits() / Byte.SIZE;
      boolean exact =
          entry.shape.elements() <= Long.MAX_VALUE / width
              && entry.end - entry.begin == entry.shape.elements() * width;
      if (!exact) {
        throw malformed(
            file, tensor + " of shape " + entry.shape + " with another number of bytes");
      }
      at = entry.end;
    }
    if (at != file.size() - base) {
      throw file.damaged("has " + (file.size() - base) + " bytes of tensors instead of " + at);
    }
    Map<String, FileTensor> tensors = new LinkedHashMap<>();
    for (Entry entry : entries) {
      tensors.put(
          entry.name, new FileTensor(file, base + entry.begin, entry.type, entry.shape, null));
    }
    return tensors;
  }

  private static void expect(FileBytes file, boolean condition, String what) {
    if (!condition) {
      throw malformed(file, "an unexpected value in " + what);
    }
  }

  private static CheckpointException malformed(FileBytes file, String what) {
    return new CheckpointException(
        CheckpointException.SAFETENSORS,
        file.name() + " is not a valid safetensors file: it has " + what,
        "write it again, or convert another form with 'onnx-ghn checkpoint import'");
  }
}
