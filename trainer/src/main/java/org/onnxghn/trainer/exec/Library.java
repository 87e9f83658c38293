package org.onnxghn.trainer.exec;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The TorchScript functions of {@code *.torch} beside this class: what a line of PyTorch cannot
 * say. A program's text gets those that it calls.
 */
final class Library {
  private static final List<String> FILES =
      List.of(
          "arithmetic",
          "shapes",
          "convolution",
          "normalisation",
          "movement",
          "resize",
          "recurrent",
          "attention",
          "regions",
          "signal");

  private static final Pattern CALL = Pattern.compile("__torch__\\.(\\w+)\\(");
  private static final Pattern DEFINITION = Pattern.compile("(?m)^def (\\w+)\\(");
  private static final Map<String, String> FUNCTIONS = load();
  private static final Map<String, Set<String>> CALLS = calls();

  private Library() {}

  /** Whether there is a function of this name. */
  static boolean has(String function) {
    return FUNCTIONS.containsKey(function);
  }

  /** The functions with these names and all that they call. */
  static String text(Set<String> called) {
    Set<String> all = new LinkedHashSet<>(called);
    Deque<String> left = new ArrayDeque<>(called);
    while (!left.isEmpty()) {
      for (String callee : CALLS.get(left.pop())) {
        if (all.add(callee)) {
          left.push(callee);
        }
      }
    }
    StringBuilder text = new StringBuilder();
    all.forEach(name -> text.append(FUNCTIONS.get(name)).append('\n'));
    return text.toString();
  }

  private static Map<String, String> load() {
    Map<String, String> functions = new HashMap<>();
    for (String file : FILES) {
      String text = read(file + ".torch");
      Matcher definition = DEFINITION.matcher(text);
      int start = definition.find() ? definition.start() : text.length();
      while (start < text.length()) {
        String name = definition.group(1);
        int end = definition.find() ? definition.start() : text.length();
        if (functions.put(name, withoutComments(text.substring(start, end))) != null) {
          throw new IllegalStateException("two functions " + name);
        }
        start = end;
      }
    }
    return functions;
  }

  /** PyTorch would parse comments again for every program. */
  private static String withoutComments(String function) {
    return function.replaceAll("(?m)^\\s*#.*\\n|^\\s*\\n", "");
  }

  private static Map<String, Set<String>> calls() {
    Map<String, Set<String>> calls = new HashMap<>();
    FUNCTIONS.forEach(
        (name, text) -> {
          Set<String> callees = new LinkedHashSet<>();
          Matcher call = CALL.matcher(text);
          while (call.find()) {
            callees.add(call.group(1));
          }
          if (!FUNCTIONS.keySet().containsAll(callees)) {
            throw new IllegalStateException(name + " calls one of " + callees + ", not defined");
          }
          calls.put(name, callees);
        });
    return calls;
  }

  private static String read(String file) {
    try (InputStream in = Library.class.getResourceAsStream(file)) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
