package org.onnxghn.onnx;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.TensorProto;

/** Visits every TensorProto of a message, wherever it is, through the fields that lead to one. */
final class TensorWalk {
  private static final Map<Descriptor, List<FieldDescriptor>> LEADING = leading();

  private record Step(Message message, FieldDescriptor field) {}

  private TensorWalk() {}

  /** The fields of a message type below which there may be tensors. */
  static List<FieldDescriptor> fields(Descriptor type) {
    return LEADING.getOrDefault(type, List.of());
  }

  /** What a field of a message holds: nothing, one or several messages. */
  @SuppressWarnings("unchecked") // a repeated message field is a list of messages
  static List<Message> children(Message message, FieldDescriptor field) {
    if (field.isRepeated()) {
      return (List<Message>) message.getField(field);
    }
    return message.hasField(field) ? List.of((Message) message.getField(field)) : List.of();
  }

  /** Calls the consumer with each tensor and the field that holds it, in file order by level. */
  static void forEach(Message root, BiConsumer<TensorProto, FieldDescriptor> consumer) {
    Deque<Step> queue = new ArrayDeque<>();
    queue.add(new Step(root, null));
    while (!queue.isEmpty()) {
      Step step = queue.remove();
      if (step.message() instanceof TensorProto tensor) {
        consumer.accept(tensor, step.field());
        continue;
      }
      for (FieldDescriptor field : fields(step.message().getDescriptorForType())) {
        for (Message child : children(step.message(), field)) {
          queue.add(new Step(child, field));
        }
      }
    }
  }

  /** Grows the set of types that lead to a tensor until nothing is added. */
  private static Map<Descriptor, List<FieldDescriptor>> leading() {
    Map<Descriptor, List<FieldDescriptor>> result = new HashMap<>();
    result.put(TensorProto.getDescriptor(), List.of());
    List<Descriptor> types = ModelProto.getDescriptor().getFile().getMessageTypes();
    int before;
    do {
      before = result.size();
      for (Descriptor type : types) {
        for (FieldDescriptor field : type.getFields()) {
          if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
              && result.containsKey(field.getMessageType())) {
            result.putIfAbsent(type, List.of());
          }
        }
      }
    } while (result.size() > before);
    for (Descriptor type : types) {
      if (type == TensorProto.getDescriptor() || !result.containsKey(type)) {
        continue;
      }
      List<FieldDescriptor> fields = new ArrayList<>();
      for (FieldDescriptor field : type.getFields()) {
        if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
            && result.containsKey(field.getMessageType())) {
          fields.add(field);
        }
      }
      result.put(type, fields);
    }
    return result;
  }
}
