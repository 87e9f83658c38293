package org.onnxghn.ghn.checkpoint;

import java.util.HashMap;
import java.util.Map;
import org.onnxghn.onnx.ElementType;

/** A flat array of numbers that tensors are views of; where its bytes are may become known late. */
final class TorchStorage {
  /** Storage classes of torch, with the element type of their numbers. */
  static final Map<String, ElementType> CLASSES = classes();

  private final ElementType type;
  private final long elements;
  private FileRegion data;

  TorchStorage(ElementType type, long elements) {
    this.type = type;
    this.elements = elements;
  }

  ElementType type() {
    return type;
  }

  long elements() {
    return elements;
  }

  /** Null until {@link #place}. */
  FileRegion data() {
    return data;
  }

  int width() {
    return type.bits() / Byte.SIZE;
  }

  void place(FileRegion region) {
    this.data = region;
  }

  private static Map<String, ElementType> classes() {
    Map<String, ElementType> types = new HashMap<>();
    types.put("FloatStorage", ElementType.FLOAT);
    types.put("HalfStorage", ElementType.FLOAT16);
    types.put("BFloat16Storage", ElementType.BFLOAT16);
    types.put("DoubleStorage", ElementType.DOUBLE);
    types.put("LongStorage", ElementType.INT64);
    types.put("IntStorage", ElementType.INT32);
    types.put("ShortStorage", ElementType.INT16);
    types.put("CharStorage", ElementType.INT8);
    types.put("ByteStorage", ElementType.UINT8);
    types.put("BoolStorage", ElementType.BOOL);
    return Map.copyOf(types);
  }
}
