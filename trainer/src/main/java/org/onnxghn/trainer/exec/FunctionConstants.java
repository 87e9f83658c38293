package org.onnxghn.trainer.exec;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.StoredTensor;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.TensorProto;
import org.onnxghn.onnx.proto.ValueInfoProto;

/**
 * Constant nodes of functions whose value is an attribute of the call. The other Constant nodes are
 * tensors of the file.
 */
final class FunctionConstants {
  /** The numbers go into the program's text. */
  private static final int MAX_ELEMENTS = 1024;

  private static final String NAME = "value";

  private FunctionConstants() {}

  /** As {@link HostShapes#emit}; false when the value is no dense tensor of numbers. */
  static boolean emit(NodeCode node) {
    if (node.hasAttribute("value_int")) {
      long[] value = {node.attribute("value_int", 0)};
      node.outValue(0, HostShapes.folded(value, true, TorchTypes.INT64));
    } else if (node.hasAttribute("value_ints")) {
      long[] values = node.integers("value_ints");
      node.outValue(0, HostShapes.folded(values, false, TorchTypes.INT64));
    } else if (node.hasAttribute("value_float")) {
      double[] value = {node.attribute("value_float", 0.0)};
      node.out(floats(value, Precision.FLOAT32.torchType()));
    } else if (node.hasAttribute("value_floats")) {
      double[] values = node.floats("value_floats");
      node.out(floats(values, Precision.FLOAT32.torchType(), values.length));
    } else if (node.hasAttribute(NAME)) {
      tensor(node, node.tensorAttribute(NAME));
    } else {
      return false;
    }
    return true;
  }

  private static void tensor(NodeCode node, TensorProto proto) {
    int type = TorchTypes.require(proto.getDataType());
    StoredTensor tensor = decoded(proto);
    Optional<Value.Ints> ints = KnownValues.ints(new Value.Stored(tensor));
    if (ints.isPresent()) {
      node.outValue(0, ints.get());
      return;
    }
    if (tensor.shape().elements() > MAX_ELEMENTS) {
      throw new Unsupported("a function is called with more than " + MAX_ELEMENTS + " numbers");
    }
    long[] shape = tensor.shape().dims();
    if (TorchTypes.isInteger(tensor.type())) {
      node.out(shaped(ints(tensor.longs()), type, shape));
      return;
    }
    if (tensor.type() == ElementType.DOUBLE && tensor.shape().elements() > 1) {
      // From a list PyTorch makes float32 first.
      throw new Unsupported("a function is called with several float64 numbers");
    }
    node.out(floats(tensor.doubles(), type, shape));
  }

  private static String floats(double[] values, int type, long... shape) {
    if (values.length == 1) {
      return "torch.full(%s, %s, dtype=%d, device=device)"
          .formatted(ints(shape), Literals.of(values[0]), type);
    }
    String list =
        Arrays.stream(values)
            .mapToObj(Literals::of)
            .collect(Collectors.joining(", ", "annotate(List[float], [", "])"));
    return shaped(list, type, shape);
  }

  private static String shaped(String list, int type, long[] shape) {
    return "torch.reshape(torch.tensor(%s, dtype=%d, device=device), %s)"
        .formatted(list, type, ints(shape));
  }

  /** A list that is one of integers even when it is empty. */
  private static String ints(long[] values) {
    return "annotate(List[int], " + Literals.of(values) + ")";
  }

  /** Decoded as the tensors of files are; among these it is not, since a call holds it. */
  private static StoredTensor decoded(TensorProto tensor) {
    if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
      throw new Unsupported("a function is called with external data");
    }
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .addInitializer(tensor.toBuilder().setName(NAME))
            .addOutput(ValueInfoProto.newBuilder().setName(NAME));
    ModelProto model = ModelProto.newBuilder().setIrVersion(8).setGraph(graph).build();
    return OnnxModel.of(model).tensor(NAME).orElseThrow();
  }
}
