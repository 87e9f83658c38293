package org.onnxghn.trainer.exec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Shape arithmetic: small integers that come from shapes or constants stay on the host. What is
 * known when the program is compiled is folded; the rest becomes operations on {@code List[int]},
 * which cost no tensor and no synchronisation with a device.
 */
final class HostShapes {
  /** Longer results are computed as tensors. */
  private static final int MAX_LENGTH = 1024;

  private HostShapes() {}

  static Value.Ints folded(long[] values, boolean scalar, int type) {
    return new Value.Ints(Literals.of(values), values, scalar, type);
  }

  /** Writes the node if it is shape arithmetic; false if it has to be done with tensors. */
  static boolean emit(NodeCode node) {
    String operator = node.operator();
    return switch (operator) {
      case "Shape" -> shape(node);
      case "Size" -> size(node);
      case "Gather" -> gather(node);
      case "Concat" -> concat(node);
      case "Slice" -> slice(node);
      case "Cast" -> cast(node);
      case "Squeeze" -> squeeze(node);
      case "Unsqueeze" -> unsqueeze(node);
      case "Reshape" -> reshape(node);
      case "ConstantOfShape" -> constantOfShape(node);
      case "Range" -> range(node);
      case "Constant" -> FunctionConstants.emit(node);
      default -> HostArithmetic.emit(node);
    };
  }

  private static boolean shape(NodeCode node) {
    long start = node.attribute("start", 0);
    long end = node.attribute("end", Long.MAX_VALUE);
    Optional<Value.Ints> ints = node.ints(0);
    if (ints.isPresent() && ints.get().scalar()) {
      node.outValue(0, folded(new long[0], false, TorchTypes.INT64));
      return true;
    }
    String size = "torch.size(" + node.in(0) + ")";
    boolean whole = start == 0 && end == Long.MAX_VALUE;
    return define(
        node,
        whole ? size : size + "[" + Literals.of(start) + ":" + Literals.of(end) + "]",
        false,
        TorchTypes.INT64);
  }

  private static boolean size(NodeCode node) {
    return define(node, "[torch.numel(" + node.in(0) + ")]", true, TorchTypes.INT64);
  }

  private static boolean gather(NodeCode node) {
    Optional<Value.Ints> data = node.ints(0);
    Optional<Value.Ints> index = data.isEmpty() ? Optional.empty() : node.ints(1);
    if (index.isEmpty() || data.get().scalar()) {
      return false;
    }
    long[] values = data.get().folded();
    long[] indices = index.get().folded();
    if (values != null && indices != null) {
      long[] result = new long[indices.length];
      for (int i = 0; i < result.length; i++) {
        long at = indices[i] < 0 ? indices[i] + values.length : indices[i];
        if (at < 0 || at >= values.length) {
          throw new Unsupported("index " + indices[i] + " is out of range");
        }
        result[i] = values[(int) at];
      }
      node.outValue(0, folded(result, index.get().scalar(), data.get().type()));
      return true;
    }
    String list = data.get().expression();
    String expression =
        indices == null
            ? node.call("ints_gather", list, index.get().expression())
            : LongStream.of(indices)
                .mapToObj(i -> list + "[" + Literals.of(i) + "]")
                .collect(Collectors.joining(", ", "annotate(List[int], [", "])"));
    return define(node, expression, index.get().scalar(), data.get().type());
  }

  private static boolean concat(NodeCode node) {
    List<Value.Ints> parts = new ArrayList<>();
    for (int i = 0; i < node.inputs(); i++) {
      Optional<Value.Ints> part = node.ints(i);
      if (part.isEmpty() || part.get().scalar()) {
        return false;
      }
      parts.add(part.get());
    }
    if (parts.isEmpty()) {
      return false;
    }
    if (parts.stream().allMatch(part -> part.folded() != null)) {
      long[] all = parts.stream().flatMapToLong(part -> LongStream.of(part.folded())).toArray();
      if (all.length > MAX_LENGTH) {
        return false;
      }
      node.outValue(0, folded(all, false, parts.get(0).type()));
      return true;
    }
    // One sum of all would nest as deep as there are parts, and PyTorch's compiler recurses.
    String sum = "annotate(List[int], " + parts.get(0).expression() + ")";
    for (Value.Ints part : parts.subList(1, parts.size())) {
      sum = node.name(sum + " + annotate(List[int], " + part.expression() + ")");
    }
    return define(node, sum, false, parts.get(0).type());
  }

  private static boolean slice(NodeCode node) {
    Optional<Value.Ints> data = node.ints(0);
    if (data.isEmpty() || data.get().scalar()) {
      return false;
    }
    long[] starts = node.known("starts", 1);
    long[] ends = node.known("ends", 2);
    long[] steps = node.has(4) ? node.known(4) : new long[] {1};
    if (starts == null || ends == null || steps == null || starts.length != 1) {
      return false;
    }
    if (ends.length != 1 || steps.length != 1 || steps[0] != 1) {
      return false;
    }
    if (data.get().folded() != null) {
      int length = data.get().folded().length;
      int from = clamp(starts[0], length);
      int to = Math.max(from, clamp(ends[0], length));
      long[] part = Arrays.copyOfRange(data.get().folded(), from, to);
      node.outValue(0, folded(part, false, data.get().type()));
      return true;
    }
    String range = "[" + Literals.of(starts[0]) + ":" + Literals.of(ends[0]) + "]";
    return define(node, data.get().expression() + range, false, data.get().type());
  }

  private static int clamp(long index, int length) {
    return (int) Math.max(0, Math.min(length, index < 0 ? index + length : index));
  }

  private static boolean cast(NodeCode node) {
    Optional<Value.Ints> data = node.ints(0);
    int type = TorchTypes.castTarget(node);
    // Narrower types wrap; only these two keep every shape.
    if (data.isEmpty() || type != TorchTypes.INT64 && type != 3) {
      return false;
    }
    Value.Ints ints = data.get();
    node.outValue(0, new Value.Ints(ints.expression(), ints.folded(), ints.scalar(), type));
    return true;
  }

  private static boolean squeeze(NodeCode node) {
    Optional<Value.Ints> data = node.ints(0);
    if (data.isEmpty() || data.get().folded() != null && data.get().folded().length != 1) {
      return false;
    }
    boolean axis = node.hasAttribute("axes") || node.has(1);
    if (!axis && data.get().folded() == null) {
      return false;
    }
    Value.Ints ints = data.get();
    node.outValue(0, new Value.Ints(ints.expression(), ints.folded(), true, ints.type()));
    return true;
  }

  private static boolean unsqueeze(NodeCode node) {
    Optional<Value.Ints> data = node.ints(0);
    long[] axes = node.known("axes", 1);
    if (data.isEmpty() || !data.get().scalar() || axes == null || axes.length != 1) {
      return false;
    }
    Value.Ints ints = data.get();
    node.outValue(0, new Value.Ints(ints.expression(), ints.folded(), false, ints.type()));
    return true;
  }

  /** To one dimension: what exporters write around scalars. */
  private static boolean reshape(NodeCode node) {
    Optional<Value.Ints> data = node.ints(0);
    long[] shape = data.isEmpty() ? null : node.known("shape", 1);
    if (shape == null || shape.length != 1 || shape[0] != -1) {
      return false;
    }
    Value.Ints ints = data.get();
    node.outValue(0, new Value.Ints(ints.expression(), ints.folded(), false, ints.type()));
    return true;
  }

  private static boolean constantOfShape(NodeCode node) {
    long[] shape = node.known(0);
    var value = node.tensorAttribute("value");
    if (shape == null || shape.length != 1 || shape[0] > MAX_LENGTH || shape[0] < 0) {
      return false;
    }
    if (value == null || value.getDataType() != 7) {
      return false;
    }
    long[] values = new long[(int) shape[0]];
    Arrays.fill(values, ConstantValues.longOf(value));
    node.outValue(0, folded(values, false, TorchTypes.INT64));
    return true;
  }

  private static boolean range(NodeCode node) {
    Optional<Value.Ints> start = node.ints(0);
    Optional<Value.Ints> limit = node.ints(1);
    Optional<Value.Ints> delta = node.ints(2);
    if (start.isEmpty() || limit.isEmpty() || delta.isEmpty()) {
      return false;
    }
    // The result may index images: a tensor, but made from host integers.
    node.out(
        node.call(
            "range_of",
            first(start.get()),
            first(limit.get()),
            first(delta.get()),
            start.get().type(),
            "device"));
    return true;
  }

  private static String first(Value.Ints ints) {
    return "(" + ints.expression() + ")[0]";
  }

  static boolean define(NodeCode node, String expression, boolean scalar, int type) {
    node.outValue(0, new Value.Ints(node.name(expression), null, scalar, type));
    return true;
  }
}
