package org.onnxghn.ghn.checkpoint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import org.onnxghn.onnx.ElementType;

/**
 * The allow-list: all classes and functions that a checkpoint's pickle may name, and what stands
 * for their results here. Nothing else is ever built, and nothing at all is executed.
 */
final class TorchObjects {
  /** Stands for objects that are permitted and of no interest. */
  static final Object INERT = new Object();

  private static final Set<String> MAPS =
      Set.of("collections.OrderedDict", "collections.defaultdict");
  private static final String REBUILD_TENSOR = "torch._utils._rebuild_tensor_v2";
  private static final String REBUILD_PARAMETER = "torch._utils._rebuild_parameter";
  private static final String LOAD_FROM_BYTES = "torch.storage._load_from_bytes";

  /** What the "args" and "optimizer" of a training checkpoint name. */
  private static final Set<String> INERT_NAMES =
      Set.of(
          "argparse.Namespace",
          "torch.device",
          "torch.Size",
          "torch.float32",
          "torch.float16",
          "torch.bfloat16",
          "torch.float64",
          "builtins.dict",
          "builtins.list");

  /** Finds the storage that a persistent id means; null when there is none with that key. */
  @FunctionalInterface
  interface Storages {
    TorchStorage storage(ElementType type, String key, long elements);
  }

  /** Reads the storage inside a bytes object. */
  @FunctionalInterface
  interface EmbeddedStorages {
    TorchStorage read(FileRegion bytes);
  }

  private final String file;
  private final Storages storages;
  private final EmbeddedStorages embedded;

  /**
   * @param file for messages
   * @param storages for persistent ids, or null where these may not occur
   * @param embedded for {@code _load_from_bytes}, or null where this may not occur
   */
  TorchObjects(String file, Storages storages, EmbeddedStorages embedded) {
    this.file = file;
    this.storages = storages;
    this.embedded = embedded;
  }

  PickleGlobal global(String module, String name) {
    PickleGlobal global = new PickleGlobal(module, name);
    String full = global.toString();
    boolean permitted =
        MAPS.contains(full)
            || INERT_NAMES.contains(full)
            || full.equals(REBUILD_TENSOR)
            || full.equals(REBUILD_PARAMETER)
            || full.equals(LOAD_FROM_BYTES)
            || isStorage(global);
    if (!permitted) {
      throw new CheckpointException(
          CheckpointException.PICKLE_GLOBAL,
          file + ": the pickle names '" + full + "', which is not permitted; nothing was executed",
          "do not open this file with Python unless you trust it; a checkpoint needs only tensors"
              + " and numbers");
    }
    return global;
  }

  Object call(PickleGlobal function, List<Object> arguments) {
    String name = function.toString();
    if (MAPS.contains(name)) {
      require(arguments.isEmpty() || !name.endsWith("OrderedDict"), "a dict made from a list");
      return new LinkedHashMap<>();
    } else if (INERT_NAMES.contains(name)) {
      return INERT;
    }
    return switch (name) {
      case REBUILD_TENSOR -> tensor(arguments);
      case REBUILD_PARAMETER -> {
        boolean tensor = !arguments.isEmpty() && arguments.get(0) instanceof TorchTensor;
        require(tensor, "a parameter without tensor");
        yield arguments.get(0);
      }
      case LOAD_FROM_BYTES -> {
        boolean bytes = arguments.size() == 1 && arguments.get(0) instanceof FileRegion;
        require(bytes && embedded != null, "a storage where none may be");
        yield embedded.read((FileRegion) arguments.get(0));
      }
      default -> throw malformed("a call of " + name);
    };
  }

  /**
   * {@code ('storage', torch.FloatStorage, key, device, elements)}; the device is of no interest.
   */
  TorchStorage persistent(Object id) {
    require(storages != null && id instanceof PickleTuple, "a persistent id that is no storage");
    List<Object> items = ((PickleTuple) id).items();
    boolean wellFormed =
        items.size() >= 5
            && "storage".equals(items.get(0))
            && items.get(1) instanceof PickleGlobal type
            && isStorage(type)
            && items.get(2) instanceof String
            && items.get(4) instanceof Long
            && (items.size() == 5 || items.get(5) == null);
    require(wellFormed, "a persistent id that is no storage");
    ElementType type = TorchStorage.CLASSES.get(((PickleGlobal) items.get(1)).name());
    long elements = (Long) items.get(4);
    require(elements >= 0 && elements < Long.MAX_VALUE / 8, "a storage of impossible size");
    return storages.storage(type, (String) items.get(2), elements);
  }

  CheckpointException malformed(String what) {
    return new CheckpointException(
        CheckpointException.PICKLE,
        file + ": the pickle has " + what + "; nothing was executed",
        "the file is damaged, or not a checkpoint as joblib or torch.save write it");
  }

  private static boolean isStorage(PickleGlobal global) {
    return global.module().equals("torch") && TorchStorage.CLASSES.containsKey(global.name());
  }

  private TorchTensor tensor(List<Object> arguments) {
    boolean wellFormed =
        arguments.size() >= 4
            && arguments.get(0) instanceof TorchStorage
            && arguments.get(1) instanceof Long
            && arguments.get(2) instanceof PickleTuple
            && arguments.get(3) instanceof PickleTuple;
    require(wellFormed, "a tensor without storage, offset, size and strides");
    long[] size = numbers((PickleTuple) arguments.get(2));
    long[] strides = numbers((PickleTuple) arguments.get(3));
    require(size.length == strides.length, "a tensor with more dimensions than strides");
    TorchStorage storage = (TorchStorage) arguments.get(0);
    return new TorchTensor(storage, (Long) arguments.get(1), size, strides);
  }

  private long[] numbers(PickleTuple tuple) {
    require(tuple.items().size() <= 8, "a tensor of more than 8 dimensions");
    long[] numbers = new long[tuple.items().size()];
    for (int i = 0; i < numbers.length; i++) {
      require(tuple.items().get(i) instanceof Long, "a dimension that is not a whole number");
      numbers[i] = (Long) tuple.items().get(i);
    }
    return numbers;
  }

  private void require(boolean condition, String what) {
    if (!condition) {
      throw malformed(what);
    }
  }
}
