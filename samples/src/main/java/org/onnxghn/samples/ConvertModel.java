package org.onnxghn.samples;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onnxghn.converter.Assignment;
import org.onnxghn.converter.ClassifierHead;
import org.onnxghn.converter.ConversionOptions;
import org.onnxghn.converter.InitialValues;
import org.onnxghn.converter.Prediction;
import org.onnxghn.converter.SourceChoice;
import org.onnxghn.converter.StatisticsReset;
import org.onnxghn.converter.StoredValues;
import org.onnxghn.converter.runtime.Verification;
import org.onnxghn.converter.runtime.Verifier;
import org.onnxghn.ghn.checkpoint.CheckpointSource;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.WriteOptions;

/**
 * The steps of {@code onnx-ghn convert}, one by one, for a program that wants to look at or change
 * what happens between them. {@code Conversion.convert(in, out, options)} does the same, with a
 * report, and leaves nothing behind when a step fails.
 */
public final class ConvertModel {
  private ConvertModel() {}

  /** Usage: ConvertModel IN.onnx OUT.onnx [CHECKPOINT.safetensors]. */
  public static void main(String[] args) {
    CheckpointSource checkpoint =
        args.length > 2 ? new CheckpointSource(Path.of(args[2])) : CheckpointSource.EMBEDDED;
    Verification verification = convert(Path.of(args[0]), Path.of(args[1]), checkpoint);
    System.out.println(
        verification.passed() ? "runs in " + verification.runtime() : "does not run");
  }

  static Verification convert(Path in, Path out, CheckpointSource checkpoint) {
    ConversionOptions options = ConversionOptions.builder().hypernetwork(checkpoint).build();
    OnnxModel model = OnnxModel.read(in);
    ImportedGraph imported = GraphImporter.importGraph(model);
    System.out.println(
        imported.graph().size() + " nodes, " + imported.parameters().size() + " parameters");

    Prediction prediction = Prediction.predict(imported.graph(), checkpoint, options.seed());
    // A classifier of other classes than the checkpoint's starts at random.
    Set<ParameterSlot> randomHead =
        ClassifierHead.of(imported.graph()).randomSlots(options.head(), prediction.numClasses());
    StoredValues stored = new StoredValues(model);
    List<Assignment> sources =
        new SourceChoice(options, stored).choose(imported, prediction, randomHead);
    Map<String, float[]> values =
        new LinkedHashMap<>(
            InitialValues.of(imported, sources, prediction.parameters().values(), options));
    StatisticsReset.apply(imported, values, options, stored);

    model.withParameters(values).write(out, WriteOptions.DEFAULT);
    return Verifier.verify(out, options.seed());
  }
}
