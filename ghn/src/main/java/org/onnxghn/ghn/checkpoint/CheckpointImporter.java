package org.onnxghn.ghn.checkpoint;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.onnxghn.ghn.GhnConfig;

/**
 * Reads checkpoints in the forms in which others publish or save them: joblib pickles (plain, zlib,
 * gzip), archives and streams of {@code torch.save}, safetensors. Nothing in them is executed.
 *
 * <p>Tensors stay in the file until they are asked for, so that memory does not grow with it; a
 * compressed file is first decompressed into a temporary one.
 */
public final class CheckpointImporter {
  private CheckpointImporter() {}

  /**
   * Reads a checkpoint of any form. Close it after use.
   *
   * @throws CheckpointException for any file that is not a complete, valid checkpoint
   */
  public static Checkpoint read(Path path) {
    FileBytes file = FileBytes.open(path);
    FileBytes content = file;
    try {
      FileForm form = FileForm.of(file);
      if (form == FileForm.SAFETENSORS) {
        file.close();
        return Checkpoint.read(path);
      }
      if (form == FileForm.ZLIB || form == FileForm.GZIP) {
        content = Decompression.decompress(path, form, file.size());
      }
      Checkpoint checkpoint = checkpoint(path, file, content, form);
      if (content != file) {
        file.close();
      }
      return checkpoint;
    } catch (RuntimeException e) {
      file.close();
      content.close();
      throw e;
    }
  }

  private static Checkpoint checkpoint(
      Path path, FileBytes file, FileBytes content, FileForm form) {
    Object root = pickled(content, form);
    Map<?, ?> top = requireMap(content, "its top level", root);
    Map<?, ?> declared = Map.of();
    Map<?, ?> stateDict = top;
    if (top.containsKey("state_dict")) {
      stateDict = requireMap(content, "'state_dict'", top.get("state_dict"));
      if (top.get("config") != null) {
        declared = requireMap(content, "'config'", top.get("config"));
      }
    }
    Map<String, FileTensor> tensors =
        CheckpointTensors.normalise(content.name(), tensors(content, stateDict));
    GhnConfig config =
        ConfigReader.read(content.name(), declared, CheckpointTensors.shapes(tensors));
    Map<String, TensorSource> complete = CheckpointTensors.require(content.name(), config, tensors);
    // Last, because it reads the whole file, and a file that is refused needs no hash.
    String sha256 = file.sha256();
    Map<String, String> provenance =
        Map.of(
            Checkpoint.VERSION_KEY,
            Checkpoint.version(),
            "source.file",
            String.valueOf(path.getFileName()),
            "source.format",
            form.label(),
            "source.sha256",
            sha256);
    return new Checkpoint(FileForm.stem(path), config, provenance, complete, content, () -> sha256);
  }

  private static Object pickled(FileBytes content, FileForm form) {
    return switch (form) {
      case ZIP -> TorchZipCheckpoint.read(content);
      case LEGACY_TORCH -> LegacyTorchStream.read(new FileRegion(content, 0, content.size()));
      case PICKLE, ZLIB, GZIP -> JoblibCheckpoint.read(content);
      case OTHER_COMPRESSION ->
          throw new CheckpointException(
              CheckpointException.COMPRESSION,
              content.name() + " is compressed with bzip2, xz, lzma or lz4",
              "recompress it: bunzip2, unxz or unlz4 and then gzip, or in Python"
                  + " joblib.dump(joblib.load(file), 'new.pt', compress=0)");
      case SAFETENSORS, UNKNOWN ->
          throw new CheckpointException(
              CheckpointException.UNKNOWN_FORMAT,
              content.name() + " is none of the known forms of checkpoints",
              "give a file of torch.save, joblib.dump or safetensors");
    };
  }

  private static Map<String, FileTensor> tensors(FileBytes content, Map<?, ?> stateDict) {
    Map<String, FileTensor> tensors = new LinkedHashMap<>();
    long[] elements = {0};
    stateDict.forEach(
        (name, value) -> {
          if (!(name instanceof String text) || !(value instanceof TorchTensor tensor)) {
            throw new CheckpointException(
                CheckpointException.TENSOR_UNEXPECTED,
                content.name() + ": '" + name + "' of the state dict is not a tensor",
                "import a state dict, or a dict with 'state_dict' and 'config'");
          }
          tensors.put(text, tensor.inFile(content, text));
          elements[0] += tensors.get(text).shape().elements();
        });
    // Every tensor may be a view of the same storage: a small file, and a huge checkpoint. The
    // narrowest type has two bytes, so that tensors may still share half of the file.
    if (elements[0] > content.size()) {
      throw new CheckpointException(
          CheckpointException.STORAGE,
          "%s: its tensors have %,d elements, which the file of %,d bytes cannot hold"
              .formatted(content.name(), elements[0], content.size()),
          "the file is damaged: download or write it again");
    }
    return tensors;
  }

  private static Map<?, ?> requireMap(FileBytes content, String what, Object value) {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw new CheckpointException(
        CheckpointException.PICKLE,
        content.name() + ": " + what + " is not a dict",
        "import a state dict, or a dict with 'state_dict' and 'config'");
  }
}
