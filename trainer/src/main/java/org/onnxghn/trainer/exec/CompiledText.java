package org.onnxghn.trainer.exec;

import java.util.List;
import java.util.Map;
import org.onnxghn.onnx.StoredTensor;

/**
 * A program as TorchScript text.
 *
 * @param text the module
 * @param arguments names of the tensors that it takes, in order; the first is the seed
 * @param stored those of the arguments that the file may hold
 * @param statistics names of the running statistics that it returns after the graph's outputs
 * @param random whether it draws random numbers
 */
record CompiledText(
    String text,
    List<String> arguments,
    Map<String, StoredTensor> stored,
    List<String> statistics,
    boolean random) {}
