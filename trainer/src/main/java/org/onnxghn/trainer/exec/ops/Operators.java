package org.onnxghn.trainer.exec.ops;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.onnxghn.trainer.exec.Emitter;

/**
 * The operators that the executor runs. If, Loop and Scan are the compiler's own; shape arithmetic
 * on host integers comes before these.
 */
public final class Operators {
  private static final Map<String, Emitter> EMITTERS = new HashMap<>();
  private static final Set<String> CONTROL = Set.of("If", "Loop", "Scan");

  static {
    Activations.register(Operators::add);
    Elementwise.register(Operators::add);
    Convolutions.register(Operators::add);
    Pooling.register(Operators::add);
    Normalisations.register(Operators::add);
    MatrixProducts.register(Operators::add);
    Reductions.register(Operators::add);
    DataMovement.register(Operators::add);
    Indexing.register(Operators::add);
    Shapes.register(Operators::add);
    Resizing.register(Operators::add);
    Recurrent.register(Operators::add);
    Attentions.register(Operators::add);
    Losses.register(Operators::add);
    RandomNumbers.register(Operators::add);
    Sequences.register(Operators::add);
    Signals.register(Operators::add);
    Regions.register(Operators::add);
  }

  /** Where a family puts its operators. */
  interface Registry {
    /**
     * @param operator the name, after {@code domain::} unless it is the default domain
     */
    void add(String operator, Emitter emitter);
  }

  private Operators() {}

  private static void add(String operator, Emitter emitter) {
    if (EMITTERS.put(operator, emitter) != null) {
      throw new IllegalStateException("two emitters for " + operator);
    }
  }

  /**
   * The emitter of an operator, or null.
   *
   * @param domain the empty string for the default domain
   */
  public static Emitter find(String domain, String operator) {
    return EMITTERS.get(domain.isEmpty() ? operator : domain + "::" + operator);
  }

  /** All operators that are run, with {@code domain::} unless it is the default domain. */
  public static Set<String> names() {
    Set<String> names = new TreeSet<>(EMITTERS.keySet());
    names.addAll(CONTROL);
    return names;
  }
}
