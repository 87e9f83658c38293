package org.onnxghn.ghn.checkpoint;

/** The public release's form: a pickle with one legacy torch stream for each tensor. */
final class JoblibCheckpoint {
  private final FileBytes file;
  private long streamsEnd;

  private JoblibCheckpoint(FileBytes file) {
    this.file = file;
  }

  /** The pickled object, its tensors as {@link TorchTensor}. */
  static Object read(FileBytes file) {
    TorchObjects objects = new TorchObjects(file.name(), null, new JoblibCheckpoint(file)::storage);
    PickleInput in = new PickleInput(new FileRegion(file, 0, file.size()));
    return new PickleReader(in, objects).read();
  }

  private TorchStorage storage(FileRegion stream) {
    // Reading the same bytes again and again would take quadratic time; real files never do.
    boolean unread = stream.offset() >= streamsEnd;
    streamsEnd = stream.offset() + stream.length();
    if (unread && LegacyTorchStream.read(stream) instanceof TorchStorage storage) {
      return storage;
    }
    throw new CheckpointException(
        CheckpointException.PICKLE,
        file.name() + ": the bytes at " + stream.offset() + " are not one storage, used once",
        "the file is damaged, or not a checkpoint as joblib writes it");
  }
}
