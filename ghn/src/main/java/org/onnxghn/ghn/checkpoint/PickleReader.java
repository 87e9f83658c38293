package org.onnxghn.ghn.checkpoint;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a pickle (protocols 2 to 5) without executing anything: the instructions that build plain
 * data, and of calls only those that {@link TorchObjects} knows. Strings, numbers, {@code None} (as
 * null), {@link PickleTuple}, {@link List} and {@link Map} come out; bytes stay in the file as
 * {@link FileRegion}.
 *
 * <p>One loop, no recursion. Memory is bounded by the number of instructions and the total length
 * of strings.
 */
final class PickleReader {
  private static final int MAX_INSTRUCTIONS = 2_000_000;
  private static final long MAX_TEXT = 16 << 20;

  private final PickleInput in;
  private final TorchObjects objects;
  private final List<Object> stack = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();
  private final Map<Integer, Object> memo = new HashMap<>();
  private long text;

  PickleReader(PickleInput in, TorchObjects objects) {
    this.in = in;
    this.objects = objects;
  }

  /** The pickled object; the input is then behind the pickle's end. */
  Object read() {
    for (int count = 0; count < MAX_INSTRUCTIONS; count++) {
      int opcode = in.u8();
      if (opcode == '.') {
        return pop();
      }
      if (!literal(opcode) && !container(opcode) && !memory(opcode) && !call(opcode)) {
        throw new CheckpointException(
            CheckpointException.PICKLE_OPCODE,
            "%s: pickle instruction 0x%02x at byte %d is not permitted; nothing was executed"
                .formatted(in.file().name(), opcode, in.position() - 1),
            "only checkpoints as joblib or torch.save write them can be imported");
      }
    }
    throw new CheckpointException(
        CheckpointException.LIMIT,
        in.file().name() + ": a pickle of more than " + MAX_INSTRUCTIONS + " instructions",
        "this is not a checkpoint of weights");
  }

  private boolean literal(int opcode) {
    switch (opcode) {
      case 0x80 -> requireProtocol(in.u8());
      case 0x95 -> in.i64(); // frame: its length only helps readers that read ahead
      case 'N' -> push(null);
      case 0x88 -> push(Boolean.TRUE);
      case 0x89 -> push(Boolean.FALSE);
      case 'J' -> push((long) in.i32());
      case 'K' -> push((long) in.u8());
      case 'M' -> push((long) in.u16());
      case 0x8a -> push(integer(in.u8()));
      case 'G' -> push(in.bigEndianDouble());
      case 'X' -> push(string(in.u32()));
      case 0x8c -> push(string(in.u8()));
      case 0x8d -> push(string(in.i64()));
      case 'B' -> push(in.skip(in.u32()));
      case 'C' -> push(in.skip(in.u8()));
      case 0x8e -> push(in.skip(in.i64()));
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean container(int opcode) {
    switch (opcode) {
      case ']' -> push(new ArrayList<>());
      case '}' -> push(new LinkedHashMap<>());
      case ')' -> push(new PickleTuple(List.of()));
      case 't' -> push(new PickleTuple(popToMark()));
      case 0x85, 0x86, 0x87 -> push(new PickleTuple(pop(opcode - 0x84)));
      case 'a' -> extend(pop(1));
      case 'e' -> extend(popToMark());
      case 's' -> putAll(pop(2));
      case 'u' -> putAll(popToMark());
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean memory(int opcode) {
    switch (opcode) {
      case '(' -> marks.add(stack.size());
      case '0' -> pop();
      case '1' -> popToMark();
      case '2' -> push(top());
      case 'q' -> memo.put(in.u8(), top());
      case 'r' -> memo.put(in.i32(), top());
      case 0x94 -> memo.put(memo.size(), top());
      case 'h' -> push(recall(in.u8()));
      case 'j' -> push(recall(in.i32()));
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean call(int opcode) {
    switch (opcode) {
      case 'c' -> {
        String module = in.line();
        push(objects.global(module, in.line()));
      }
      case 0x93 -> {
        List<Object> names = pop(2);
        boolean strings = names.get(0) instanceof String && names.get(1) instanceof String;
        require(strings, "a global whose name is not a string");
        push(objects.global((String) names.get(0), (String) names.get(1)));
      }
      case 'R', 0x81 -> {
        List<Object> call = pop(2);
        boolean wellFormed =
            call.get(0) instanceof PickleGlobal && call.get(1) instanceof PickleTuple;
        require(wellFormed, "a call of something that is not a function");
        push(objects.call((PickleGlobal) call.get(0), ((PickleTuple) call.get(1)).items()));
      }
      case 'Q' -> push(objects.persistent(pop()));
      case 'b' -> {
        // The state of an object (a state dict's _metadata, a namespace's fields) is not needed.
        pop();
        top();
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private void requireProtocol(int protocol) {
    require(protocol >= 2 && protocol <= 5, "pickle protocol " + protocol);
  }

  private Object integer(int length) {
    if (length == 0) {
      return 0L;
    }
    byte[] littleEndian = in.bytes(length);
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = littleEndian[length - 1 - i];
    }
    BigInteger value = new BigInteger(bytes);
    if (value.bitLength() < Long.SIZE) {
      return value.longValue();
    }
    return value;
  }

  private String string(long length) {
    String string = in.utf8(length);
    text += length;
    if (text > MAX_TEXT) {
      throw new CheckpointException(
          CheckpointException.LIMIT,
          in.file().name() + ": a pickle with more than 16 MiB of strings",
          "this is not a checkpoint of weights");
    }
    return string;
  }

  private void push(Object value) {
    stack.add(value);
  }

  private Object pop() {
    require(stack.size() > floor(), "too few values on the stack");
    return stack.remove(stack.size() - 1);
  }

  private Object top() {
    require(stack.size() > floor(), "too few values on the stack");
    return stack.get(stack.size() - 1);
  }

  /** Instructions may not reach below the last mark. */
  private int floor() {
    return marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
  }

  private List<Object> pop(int count) {
    require(stack.size() - floor() >= count, "too few values on the stack");
    return cut(stack.size() - count);
  }

  private List<Object> popToMark() {
    require(!marks.isEmpty(), "no mark on the stack");
    return cut(marks.remove(marks.size() - 1));
  }

  private List<Object> cut(int from) {
    List<Object> tail = stack.subList(from, stack.size());
    List<Object> values = new ArrayList<>(tail);
    tail.clear();
    return values;
  }

  private Object recall(int index) {
    require(memo.containsKey(index), "a reference to nothing");
    return memo.get(index);
  }

  @SuppressWarnings("unchecked") // lists here are made here, and hold objects
  private void extend(List<Object> items) {
    require(top() instanceof List, "an item for something that is not a list");
    ((List<Object>) top()).addAll(items);
  }

  @SuppressWarnings("unchecked") // as above
  private void putAll(List<Object> pairs) {
    require(top() instanceof Map && pairs.size() % 2 == 0, "a key for what is not a dict");
    Map<Object, Object> map = (Map<Object, Object>) top();
    for (int i = 0; i < pairs.size(); i += 2) {
      Object key = pairs.get(i);
      // Keys that are containers could hash forever.
      require(key instanceof String || key instanceof Long, "a key that is no string or integer");
      map.put(key, pairs.get(i + 1));
    }
  }

  private void require(boolean condition, String what) {
    if (!condition) {
      throw objects.malformed(what + " (near byte " + in.position() + ")");
    }
  }
}
