package org.onnxghn.trainer.exec;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onnxghn.onnx.StoredTensor;

/**
 * The text of a program while it grows. Names in it are made here; no string of a model ever gets
 * in.
 */
final class Code {
  /** The seed of random numbers; a 0-dimensional int64 tensor on the CPU. Always the first. */
  static final String SEED = "";

  /** More than any published network needs; a larger text is refused before PyTorch sees it. */
  private static final int MAX_CHARACTERS = 64 << 20;

  /** Turns of all loops of a run together; a model may ask for 2^63. */
  static final int MAX_TURNS = 1_000_000;

  private final Program.Mode mode;
  private final Set<String> frozen;
  private final Autocast autocast;
  private final StringBuilder prologue = new StringBuilder();
  private final StringBuilder body = new StringBuilder();
  private final Map<String, String> arguments = new LinkedHashMap<>();
  private final Map<String, StoredTensor> stored = new LinkedHashMap<>();
  private final Map<String, String> statistics = new LinkedHashMap<>();
  private final Map<String, String> shared = new HashMap<>();
  private final Set<String> library = new LinkedHashSet<>();
  private int names;
  private int depth;
  private boolean random;
  private boolean loops;

  /**
   * @param frozen running statistics that training leaves as they are
   */
  Code(Program.Mode mode, Set<String> frozen, Autocast autocast) {
    this.mode = mode;
    this.autocast = autocast;
    this.frozen = frozen;
    arguments.put(SEED, "seed");
  }

  Program.Mode mode() {
    return mode;
  }

  Autocast autocast() {
    return autocast;
  }

  /** Whether training leaves this running statistic as it is. */
  boolean isFrozen(StoredTensor statistic) {
    return frozen.contains(statistic.name());
  }

  /** A name that nothing else has. */
  String fresh() {
    return "v" + names++;
  }

  /** Adds a line at the present depth. */
  void line(String text) {
    body.append("    ").append("  ".repeat(depth)).append(text).append('\n');
    if (body.length() > MAX_CHARACTERS) {
      throw new Unsupported("the program's text exceeds " + MAX_CHARACTERS + " characters");
    }
  }

  /**
   * As {@link #name}, of an expression whose value nothing else changes: the same one again has the
   * name that it got.
   */
  String shared(String expression) {
    // A name from inside a branch is unknown outside.
    return nested() ? name(expression) : shared.computeIfAbsent(expression, this::name);
  }

  /** Adds a line that gives an expression a new name, and returns the name. */
  String name(String expression) {
    String id = fresh();
    line(id + " = " + expression);
    return id;
  }

  void indent() {
    depth++;
  }

  void dedent() {
    depth--;
  }

  /** Counts a turn of a loop, and ends the run when there are too many. */
  void turn() {
    loops = true;
    line("turns = turns + 1");
    line("if turns > " + MAX_TURNS + ":");
    line("  ops.prim.RaiseException(\"the loops took more than " + MAX_TURNS + " turns\")");
  }

  /** Whether lines go into a branch or a loop. */
  boolean nested() {
    return depth > 0;
  }

  /** An input of the graph as a tensor. */
  String input(String name) {
    return arguments.computeIfAbsent(name, key -> argument());
  }

  /** A tensor of the file as a tensor. */
  String stored(StoredTensor tensor) {
    int type = TorchTypes.of(tensor.type());
    if (type < 0) {
      throw new Unsupported(
          "its input '%s' is of type %s".formatted(tensor.name(), tensor.type().label()));
    }
    return arguments.computeIfAbsent(
        tensor.name(),
        key -> {
          stored.put(key, tensor);
          String id = argument();
          if (type == 2 || type == 15) {
            // DJL knows neither int16 nor bfloat16: they come as int32 and float32.
            prologue.append("    %s = torch.to(%s, %d)\n".formatted(id, id, type));
          }
          return id;
        });
  }

  /** Any value as a tensor. */
  String tensor(Value value) {
    if (value instanceof Value.Tensor tensor) {
      return tensor.id();
    }
    if (value instanceof Value.Stored stored) {
      return stored(stored.tensor());
    }
    if (value instanceof Value.Ints ints) {
      String data = ints.scalar() ? "(" + ints.expression() + ")[0]" : ints.expression();
      return name("torch.tensor(%s, dtype=%d, device=device)".formatted(data, ints.type()));
    }
    throw new Unsupported(
        value instanceof Value.Absent
            ? "an input that is left out stands where a tensor is needed"
            : "a sequence stands where a tensor is needed");
  }

  /** A tensor as another floating-point type; integers stay as they are. */
  String cast(String tensor, int type) {
    return type == Autocast.AS_IT_COMES
        ? tensor
        : name(call("cast_floating", tensor, Integer.toString(type)));
  }

  /** Results of mixed precision are float32. */
  private String full(String output) {
    return autocast.precision() == Precision.FLOAT32
        ? output
        : call("cast_floating", output, Integer.toString(Precision.FLOAT32.torchType()));
  }

  private String argument() {
    return "p" + arguments.size();
  }

  /** The random generator of this run. */
  String generator() {
    random = true;
    return "generator";
  }

  /** A call of a function of the library. */
  String call(String function, String... operands) {
    if (!Library.has(function)) {
      throw new IllegalStateException("no library function " + function);
    }
    library.add(function);
    return "__torch__." + function + "(" + String.join(", ", operands) + ")";
  }

  /** The value of a running statistic so far, and its next value. */
  void statistic(StoredTensor running, String id) {
    statistics.put(running.name(), id);
  }

  String statistic(StoredTensor running) {
    String updated = statistics.get(running.name());
    return updated == null ? stored(running) : updated;
  }

  /** The finished text, which returns these tensors and then the running statistics. */
  CompiledText finish(List<String> outputs) {
    List<String> results = new ArrayList<>();
    // DJL aborts the JVM when it meets bfloat16 or int16.
    outputs.forEach(output -> results.add(call("returned", full(output))));
    statistics.values().forEach(statistic -> results.add(call("returned", statistic)));
    StringBuilder text = new StringBuilder(prologue.length() + body.length() + 4096);
    text.append("class Program(Module):\n  __parameters__ = []\n  __buffers__ = []\n")
        .append("  def forward(self, t: List[Tensor]) -> List[Tensor]:\n");
    // One line for all: PyTorch would take as long for a line each as for a third of the rest.
    for (int i = 0; i < arguments.size(); i++) {
      text.append(i == 0 ? "    p0" : ", p" + i);
    }
    text.append(", = t\n    device = p%d.device\n".formatted(Math.min(1, arguments.size() - 1)));
    if (random) {
      text.append("    generator = torch.Generator(device=device, seed=int(p0))\n");
    }
    if (loops) {
      text.append("    turns = 0\n");
    }
    text.append(prologue)
        .append(body)
        .append("    return annotate(List[Tensor], [")
        .append(String.join(", ", results))
        .append("])\n")
        .append(Library.text(library));
    return new CompiledText(
        text.toString(),
        List.copyOf(arguments.keySet()),
        Map.copyOf(stored),
        List.copyOf(statistics.keySet()),
        random);
  }
}
