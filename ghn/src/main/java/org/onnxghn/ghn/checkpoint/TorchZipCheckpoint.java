package org.onnxghn.ghn.checkpoint;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.onnxghn.onnx.ElementType;

/** The form of {@code torch.save}: a zip with a pickle and one entry for each storage. */
final class TorchZipCheckpoint {
  private static final String PICKLE = "/data.pkl";
  private static final int CHUNK = 1 << 20;

  private final FileBytes file;
  private final Map<String, ZipDirectory.Entry> entries;
  private final Map<String, TorchStorage> storages = new HashMap<>();
  private final String folder;

  private TorchZipCheckpoint(FileBytes file) {
    this.file = file;
    this.entries = ZipDirectory.read(file);
    List<String> pickles =
        entries.keySet().stream().filter(name -> name.endsWith(PICKLE)).limit(2).toList();
    if (pickles.size() != 1) {
      throw malformed("has " + (pickles.isEmpty() ? "no" : "more than one") + " data.pkl");
    }
    this.folder = pickles.get(0).substring(0, pickles.get(0).length() - PICKLE.length());
  }

  /** The pickled object, its tensors as {@link TorchTensor}. */
  static Object read(FileBytes file) {
    return new TorchZipCheckpoint(file).read();
  }

  private Object read() {
    ZipDirectory.Entry order = entries.get(folder + "/byteorder");
    if (order != null) {
      ByteBuffer text = ByteBuffer.allocate((int) Math.min(16, order.data().length()));
      file.read(order.data().offset(), text);
      if (!new String(text.array(), StandardCharsets.US_ASCII).trim().equals("little")) {
        throw malformed("has a byte order other than little-endian");
      }
    }
    ZipDirectory.Entry pickle = entries.get(folder + PICKLE);
    requireIntact(folder + PICKLE, pickle);
    TorchObjects objects = new TorchObjects(file.name(), this::storage, null);
    return new PickleReader(new PickleInput(pickle.data()), objects).read();
  }

  private TorchStorage storage(ElementType type, String key, long elements) {
    TorchStorage known = storages.get(key);
    if (known != null && known.type() == type && known.elements() == elements) {
      return known;
    }
    String name = folder + "/data/" + key;
    ZipDirectory.Entry entry = entries.get(name);
    TorchStorage storage = new TorchStorage(type, elements);
    if (known != null || entry == null || entry.data().length() != elements * storage.width()) {
      throw malformed("has no entry '" + name + "' of the size that its pickle declares");
    }
    requireIntact(name, entry);
    storage.place(entry.data());
    storages.put(key, storage);
    return storage;
  }

  private void requireIntact(String name, ZipDirectory.Entry entry) {
    CRC32 crc = new CRC32();
    FileRegion data = entry.data();
    ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK, data.length()));
    for (long at = 0; at < data.length(); at += chunk.limit()) {
      chunk.clear().limit((int) Math.min(chunk.capacity(), data.length() - at));
      file.read(data.offset() + at, chunk);
      crc.update(chunk.flip());
    }
    if (crc.getValue() != entry.crc()) {
      throw file.damaged("has an entry '" + name + "' whose checksum is wrong");
    }
  }

  private CheckpointException malformed(String what) {
    return new CheckpointException(
        CheckpointException.ZIP,
        file.name() + ": the zip archive " + what,
        "only archives of torch.save can be imported (for .npz, use torch.save or safetensors)");
  }
}
