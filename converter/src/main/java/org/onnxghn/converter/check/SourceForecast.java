package org.onnxghn.converter.check;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Predicate;
import org.onnxghn.converter.ClassifierHead;
import org.onnxghn.converter.ConversionOptions.Head;
import org.onnxghn.converter.report.Coverage;
import org.onnxghn.converter.report.Source;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.decoder.DecoderTarget;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.Role;
import org.onnxghn.onnx.Shape;

/** Foretells, without predicting, where {@code convert} would take each parameter from. */
final class SourceForecast {
  private final Predicate<String> hasValue;
  private final GhnConfig config;
  private final ClassifierHead head;
  private final Map<ParameterSlot, DecoderTarget> targets = new HashMap<>();

  /**
   * @param config of the hypernetwork, or null when it is not known
   * @param hasValue whether the file holds values of the tensor with this name
   * @throws org.onnxghn.ghn.GhnException OG-351 for a shape that no hypernetwork decodes
   */
  SourceForecast(ImportedGraph imported, GhnConfig config, Predicate<String> hasValue) {
    this.config = config;
    this.hasValue = hasValue;
    this.head = ClassifierHead.of(imported.graph());
    DecoderTarget.of(imported.graph(), 0).forEach(target -> targets.put(target.slot(), target));
  }

  /** A note when the classifier would start at random. */
  List<Finding> headFindings() {
    return head.findings(Head.AUTO, classes());
  }

  Coverage coverage(List<Parameter> parameters) {
    Map<Source, Long> elements = new EnumMap<>(Source.class);
    for (Parameter parameter : parameters) {
      if (parameter.role().isTrainable()) {
        elements.merge(source(parameter), parameter.shape().elements(), Long::sum);
      }
    }
    return Coverage.of(elements);
  }

  private Source source(Parameter parameter) {
    if (!parameter.type().isTrainable()) {
      return Source.KEPT;
    }
    List<ParameterSlot> slots = parameter.slots();
    if (slots.isEmpty()) {
      boolean kept = parameter.role() == Role.UNKNOWN && hasValue.test(parameter.name());
      return kept ? Source.KEPT : Source.FALLBACK;
    }
    if (slots.stream().anyMatch(head.randomSlots(Head.AUTO, classes())::contains)) {
      return Source.FALLBACK;
    }
    return slots.stream().anyMatch(this::isTiled) ? Source.TILED : Source.PREDICTED;
  }

  private OptionalInt classes() {
    return config == null ? OptionalInt.empty() : OptionalInt.of(config.numClasses());
  }

  /** Kernels are enlarged, channels are repeated (GHN3.md 5.3). */
  private boolean isTiled(ParameterSlot slot) {
    if (config == null) {
      return false;
    }
    Shape shape = slot.shape();
    boolean classifier = targets.containsKey(slot) && targets.get(slot).classifier();
    long outputs = classifier ? config.numClasses() : config.maxChannels();
    return switch (shape.rank()) {
      case 1 -> shape.dim(0) > outputs;
      case 3 -> {
        // A square grid, and a row for the class token.
        long side = (long) Math.sqrt(shape.dim(1));
        yield shape.dim(2) > config.maxChannels() || shape.dim(1) > side * side + 1;
      }
      default -> shape.dim(0) > outputs || shape.dim(1) > config.maxChannels();
    };
  }
}
