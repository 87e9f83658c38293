package org.onnxghn.onnx;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.onnxghn.onnx.proto.ModelProto;

/**
 * Counts the messages and strings in a model file, and the fields that ONNX does not know, before
 * any of them is built: two bytes in the file can become a hundred in memory.
 */
final class WireScan {
  /** Protobuf's own limit of nesting. */
  private static final int DEPTH = 100;

  /** As how many messages a field counts that ONNX does not know: it takes five objects. */
  private static final int UNKNOWN = 8;

  private static final Map<Descriptor, FieldDescriptor[]> FIELDS = fields();

  private WireScan() {}

  /**
   * @throws OnnxException OG-103 when there are more than the limits allow
   * @throws IOException when the bytes are not protobuf; parsing finds more
   */
  static void check(ByteString content, ModelLimits limits) throws IOException {
    CodedInputStream in = content.newCodedInput();
    in.enableAliasing(true);
    in.setSizeLimit(Integer.MAX_VALUE);
    Descriptor[] types = new Descriptor[DEPTH + 1];
    int[] outerLimits = new int[DEPTH + 1];
    int depth = 0;
    types[0] = ModelProto.getDescriptor();
    long count = 0;
    while (true) {
      int tag = in.readTag();
      if (tag == 0) {
        if (depth == 0) {
          return;
        }
        in.popLimit(outerLimits[depth--]);
        continue;
      }
      FieldDescriptor field = field(types[depth], WireFormat.getTagFieldNumber(tag));
      if (WireFormat.getTagWireType(tag) != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
        int start = in.getTotalBytesRead();
        in.skipField(tag);
        if (!isNumber(field, tag)) {
          // What is in a group may be as many fields as it has bytes.
          boolean group = WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_START_GROUP;
          count = counted(count + UNKNOWN * (group ? in.getTotalBytesRead() - start : 1L), limits);
        }
        continue;
      }
      int length = in.readRawVarint32();
      if (field == null || !field.isPackable()) {
        count = counted(count + (field == null ? UNKNOWN : 1), limits);
      }
      if (field == null || field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
        in.skipRawBytes(length);
      } else if (depth == DEPTH) {
        return; // parsing says that it is nested too deeply
      } else {
        outerLimits[++depth] = in.pushLimit(length);
        types[depth] = field.getMessageType();
      }
    }
  }

  private static boolean isNumber(FieldDescriptor field, int tag) {
    return field != null && field.getLiteType().getWireType() == WireFormat.getTagWireType(tag);
  }

  private static long counted(long count, ModelLimits limits) {
    if (count > limits.messages()) {
      throw new OnnxException(
          OnnxCodes.OVER_LIMIT,
          "the file holds more than " + limits.messages() + " messages and strings",
          "Raise the limit (ModelLimits) if this model is meant to be that large.");
    }
    return count;
  }

  private static FieldDescriptor field(Descriptor type, int number) {
    FieldDescriptor[] fields = FIELDS.get(type);
    return number < fields.length ? fields[number] : null;
  }

  /** By number, for speed: this runs for each field of the file. */
  private static Map<Descriptor, FieldDescriptor[]> fields() {
    Map<Descriptor, FieldDescriptor[]> result = new HashMap<>();
    Deque<Descriptor> open = new ArrayDeque<>();
    open.add(ModelProto.getDescriptor());
    while (!open.isEmpty()) {
      Descriptor type = open.remove();
      if (result.containsKey(type)) {
        continue;
      }
      int last = type.getFields().stream().mapToInt(FieldDescriptor::getNumber).max().orElse(0);
      FieldDescriptor[] fields = new FieldDescriptor[last + 1];
      for (FieldDescriptor field : type.getFields()) {
        fields[field.getNumber()] = field;
        if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
          open.add(field.getMessageType());
        }
      }
      result.put(type, fields);
    }
    return result;
  }
}
