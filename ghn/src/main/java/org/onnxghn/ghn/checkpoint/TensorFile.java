package org.onnxghn.ghn.checkpoint;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.Shape;

/**
 * Float32 tensors and text by name in one safetensors file, such as the state of a training run.
 *
 * @param values the file's {@code __metadata__}
 * @param tensors by name
 */
public record TensorFile(Map<String, String> values, Map<String, Tensor> tensors) {
  /**
   * One tensor.
   *
   * @param values row-major, from the buffer's position to its limit; what a file holds is read
   *     only
   */
  public record Tensor(Shape shape, FloatBuffer values) {}

  /**
   * Reads a file; tensors are mapped.
   *
   * @throws CheckpointException for any file that is not whole and valid
   */
  public static TensorFile read(Path path) {
    try (FileBytes file = FileBytes.open(path)) {
      FileForm.requireSafetensors(file);
      SafetensorsFile content = SafetensorsFile.read(file);
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      content
          .tensors()
          .forEach(
              (name, tensor) ->
                  tensors.put(name, new Tensor(tensor.shape(), tensor.bytes().asFloatBuffer())));
      return new TensorFile(content.metadata(), tensors);
    }
  }

  /**
   * Writes to a temporary file beside the target, synced, then renamed.
   *
   * @throws CheckpointException when it cannot be written
   */
  public void write(Path out) {
    Map<String, TensorSource> sources = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) -> sources.put(name, new MemoryTensor(tensor.shape(), tensor.values())));
    new SafetensorsWriter(values, sources, ElementType.FLOAT).write(out);
  }
}
