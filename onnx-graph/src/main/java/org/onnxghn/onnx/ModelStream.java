package org.onnxghn.onnx;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.io.IOException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.TensorProto;

/**
 * Writes a model as protobuf, with some tensors' data streamed instead of taken from memory.
 *
 * <p>A message that holds such a tensor is written as everything else in it first, by protobuf
 * itself, then the fields that lead to the tensor, element by element. Fields may come in any order
 * in protobuf; the elements of one field keep theirs. The recursion is as deep as subgraphs are
 * nested, which {@link ModelLimits#depth} bounds.
 */
final class ModelStream {
  private static final int DELIMITED = 2; // protobuf's wire type for bytes and messages

  /**
   * A tensor as it is written.
   *
   * @param header all of it but the data
   * @param field the field of the data; 0 when there are none in the message
   * @param data null when there are none in the message
   */
  record Streamed(TensorProto header, int field, Payload data) {}

  /** A message in parts: what protobuf writes, and the fields that are written here. */
  private record Parts(Message rest, List<FieldDescriptor> fields, long size) {}

  private final ModelProto model;
  private final Map<TensorProto, Streamed> streamed;
  private final Map<Message, Parts> parts = new IdentityHashMap<>();
  private final long size;

  /**
   * @param streamed what is written instead of a tensor, by identity
   */
  ModelStream(ModelProto model, Map<TensorProto, Streamed> streamed) {
    this.model = model;
    this.streamed = streamed;
    this.size = split(model);
  }

  /** Bytes that {@link #writeTo} writes. */
  long size() {
    return size;
  }

  /** Writes the model and flushes. */
  void writeTo(CodedOutputStream out) throws IOException {
    write(model, out);
    out.flush();
  }

  /** Finds what has to be written here below the message; the size of the message. */
  private long split(Message message) {
    if (message instanceof TensorProto tensor) {
      Streamed tensorParts = streamed.get(tensor);
      return tensorParts == null ? tensor.getSerializedSize() : size(tensorParts);
    }
    List<FieldDescriptor> fields = new ArrayList<>();
    long sum = 0;
    for (FieldDescriptor field : TensorWalk.fields(message.getDescriptorForType())) {
      long fieldSum = 0;
      boolean here = false;
      for (Message child : TensorWalk.children(message, field)) {
        long childSize = split(child);
        here |=
            parts.containsKey(child) || child instanceof TensorProto t && streamed.containsKey(t);
        fieldSum += delimited(field.getNumber(), childSize);
      }
      if (here) {
        fields.add(field);
        sum += fieldSum;
      }
    }
    if (fields.isEmpty()) {
      return message.getSerializedSize();
    }
    Message.Builder rest = message.toBuilder();
    fields.forEach(rest::clearField);
    Message built = rest.buildPartial();
    sum += built.getSerializedSize();
    parts.put(message, new Parts(built, fields, sum));
    return sum;
  }

  private static long size(Streamed tensor) {
    long header = tensor.header().getSerializedSize();
    return tensor.data() == null
        ? header
        : header + delimited(tensor.field(), tensor.data().bytes());
  }

  private static long delimited(int field, long length) {
    return CodedOutputStream.computeTagSize(field)
        + CodedOutputStream.computeUInt64SizeNoTag(length)
        + length;
  }

  private void write(Message message, CodedOutputStream out) throws IOException {
    Parts own = parts.get(message);
    if (own == null) {
      message.writeTo(out);
      return;
    }
    own.rest().writeTo(out);
    for (FieldDescriptor field : own.fields()) {
      for (Message child : TensorWalk.children(message, field)) {
        out.writeTag(field.getNumber(), DELIMITED);
        if (child instanceof TensorProto tensor && streamed.containsKey(tensor)) {
          write(streamed.get(tensor), out);
        } else {
          Parts inner = parts.get(child);
          out.writeUInt64NoTag(inner != null ? inner.size() : child.getSerializedSize());
          write(child, out);
        }
      }
    }
  }

  private static void write(Streamed tensor, CodedOutputStream out) throws IOException {
    out.writeUInt64NoTag(size(tensor));
    tensor.header().writeTo(out);
    if (tensor.data() != null) {
      out.writeTag(tensor.field(), DELIMITED);
      out.writeUInt64NoTag(tensor.data().bytes());
      tensor.data().writeTo(out);
    }
  }
}
