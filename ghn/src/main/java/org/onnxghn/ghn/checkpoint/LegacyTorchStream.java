package org.onnxghn.ghn.checkpoint;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.onnxghn.onnx.ElementType;

/**
 * The file form of {@code torch.save} before version 1.6, which joblib pickles contain once for
 * each tensor: five pickles back to back (magic number, protocol, system, object, storage keys),
 * then the storages, each with its number of elements in front (GHN3.md 7).
 */
final class LegacyTorchStream {
  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final Object PROTOCOL = 1001L;

  private final PickleInput in;
  private final TorchObjects objects;
  private final Map<String, TorchStorage> storages = new HashMap<>();

  private LegacyTorchStream(FileRegion stream) {
    this.in = new PickleInput(stream);
    this.objects = new TorchObjects(stream.file().name(), this::storage, null);
  }

  /** The object of the stream, with its storages in place. */
  static Object read(FileRegion stream) {
    return new LegacyTorchStream(stream).read();
  }

  private Object read() {
    require(MAGIC.equals(next()), "no magic number");
    require(PROTOCOL.equals(next()), "another protocol than 1001");
    boolean littleEndian =
        next() instanceof Map<?, ?> system && Boolean.TRUE.equals(system.get("little_endian"));
    require(littleEndian, "numbers that are not little-endian");
    Object object = next();
    require(next() instanceof List<?> keys && place(keys), "storages that are not the named ones");
    require(in.remaining() == 0, "bytes behind its end");
    return object;
  }

  private Object next() {
    return new PickleReader(in, objects).read();
  }

  private TorchStorage storage(ElementType type, String key, long elements) {
    TorchStorage storage =
        storages.computeIfAbsent(key, unseen -> new TorchStorage(type, elements));
    boolean same = storage.type() == type && storage.elements() == elements;
    require(same, "one storage declared in two ways");
    return storage;
  }

  private boolean place(List<?> keys) {
    for (Object key : keys) {
      TorchStorage storage = key instanceof String name ? storages.remove(name) : null;
      if (storage == null || in.i64() != storage.elements()) {
        return false;
      }
      storage.place(in.skip(storage.elements() * storage.width()));
    }
    return true;
  }

  private void require(boolean condition, String what) {
    if (!condition) {
      throw objects.malformed("a torch stream with " + what);
    }
  }
}
