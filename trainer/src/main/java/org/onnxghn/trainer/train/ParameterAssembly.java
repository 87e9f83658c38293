package org.onnxghn.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.onnxghn.graph.Layout;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.ParameterSlot;

/** Brings predicted tensors into the layout that the ONNX model wants, with gradients. */
final class ParameterAssembly {
  private final Parameter parameter;
  private final List<ParameterSlot> slots;

  ParameterAssembly(Parameter parameter) {
    this.parameter = parameter;
    this.slots =
        parameter.slots().stream()
            .sorted(Comparator.comparingLong(ParameterAssembly::offset))
            .toList();
  }

  private static long offset(ParameterSlot slot) {
    return slot.layout().part() == null ? 0 : slot.layout().part().offset();
  }

  String name() {
    return parameter.name();
  }

  /** The parameter as stored, of tensors in the slots' shapes. */
  NDArray assemble(Map<ParameterSlot, NDArray> predicted) {
    return assemble(predicted::get);
  }

  private NDArray assemble(Function<ParameterSlot, NDArray> predicted) {
    if (slots.size() == 1) {
      return stored(slots.get(0), predicted.apply(slots.get(0)));
    }
    NDList parts = new NDList();
    slots.forEach(slot -> parts.add(stored(slot, predicted.apply(slot))));
    return NDArrays.concat(parts, slots.get(0).layout().part().axis());
  }

  private static NDArray stored(ParameterSlot slot, NDArray tensor) {
    NDArray moved = tensor;
    for (Layout.Step step : slot.layout().steps()) {
      if (step instanceof Layout.Permute permute) {
        moved = moved.transpose(permute.axes().stream().mapToInt(Integer::intValue).toArray());
      } else if (step instanceof Layout.Reshape reshape) {
        moved = moved.reshape(new Shape(reshape.shape().dims()));
      }
    }
    return moved;
  }
}
