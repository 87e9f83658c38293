package org.onnxghn.onnx;

import static org.onnxghn.onnx.OnnxCodes.quote;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.onnxghn.onnx.proto.ModelProto;

/** Writes a model and its external data: all files or none. */
final class ModelWriter {
  private static final int BUFFER = 1 << 16;

  private final TensorEdits.Edited model;
  private final Optional<Path> source;
  private final ModelFolder folder;
  private final long inlineLimit;

  /**
   * @param source the file that the model was read from
   * @param folder its folder, or null
   * @param inlineLimit bytes that the model file may have; above it, tensors become external
   */
  ModelWriter(
      TensorEdits.Edited model, Optional<Path> source, ModelFolder folder, long inlineLimit) {
    this.model = model;
    this.source = source;
    this.folder = folder;
    this.inlineLimit = inlineLimit;
  }

  /**
   * @return the files written: the model, then its external data
   * @throws OnnxException OG-121, OG-140, OG-141 or OG-142; then nothing has changed
   */
  List<Path> write(Path out, WriteOptions options) {
    Path target;
    try {
      target = target(out);
    } catch (IOException e) {
      throw unwritable(out, e);
    }
    Set<Path> inputs = files();
    inputs.addAll(options.untouched());
    boolean replacesModel = source.filter(path -> same(path, out)).isPresent();
    if (replacesModel ? !options.overwriteInput() : inputs.contains(target)) {
      throw new OnnxException(
          OnnxCodes.OUTPUT_IS_INPUT,
          "the output " + out + " is a file of the input model",
          "Choose another output file, or ask for the input to be overwritten.");
    }
    Set<Path> untouchable = options.overwriteInput() ? options.untouched() : inputs;
    OutputPlan plan = plan(target, options.externalData(), untouchable);
    Optional<ModelStream> stream = inline(plan);
    if (stream.isEmpty()) {
      plan = plan(target, ExternalData.ALWAYS, untouchable);
      stream = inline(plan);
    }
    ModelStream chosen =
        stream.orElseThrow(() -> tooLarge(out.toString(), " even with external data"));
    return write(target, out, plan, chosen);
  }

  /** All of the model in one protobuf in memory, external data included. */
  ModelProto toProto() {
    OutputPlan plan = OutputPlan.of(model, ExternalData.INLINE, folder, index -> "");
    ModelStream stream = inline(plan).orElseThrow(() -> tooLarge("the protobuf", ""));
    ByteString.Output bytes = ByteString.newOutput();
    try {
      stream.writeTo(coded(bytes));
      return ModelProto.parseFrom(bytes.toByteString());
    } catch (IOException e) {
      throw new OnnxException(
          OnnxCodes.EXTERNAL_MISSING,
          "the external data of the model cannot be read: " + e.getMessage(),
          "Put the external data files back beside the model.",
          e);
    }
  }

  private List<Path> write(Path target, Path out, OutputPlan plan, ModelStream stream) {
    List<Path> written = new ArrayList<>(List.of(target));
    try (OutputFiles files = new OutputFiles()) {
      for (OutputPlan.DataFile file : plan.files()) {
        Path path = target.resolveSibling(file.name());
        files.write(path, to -> file.writeTo(coded(to)));
        written.add(path);
      }
      files.write(target, to -> stream.writeTo(coded(to)));
      files.commit();
    } catch (IOException e) {
      throw unwritable(out, e);
    }
    return List.copyOf(written);
  }

  private static CodedOutputStream coded(OutputStream out) {
    return CodedOutputStream.newInstance(out, BUFFER);
  }

  private OutputPlan plan(Path target, ExternalData choice, Set<Path> untouchable) {
    List<String> names = new ArrayList<>();
    return OutputPlan.of(
        model,
        choice,
        folder,
        index -> {
          String name = dataName(target, names.size(), untouchable, names);
          names.add(name);
          return name;
        });
  }

  /** {@code NAME.data}, {@code NAME.1.data} …, passing over the files of the input. */
  private static String dataName(Path target, int from, Set<Path> untouchable, List<String> taken) {
    int number = from;
    while (true) {
      String name = target.getFileName() + (number == 0 ? ".data" : "." + number + ".data");
      if (!taken.contains(name) && !untouchable.contains(real(target.resolveSibling(name)))) {
        return name;
      }
      number++;
    }
  }

  private Optional<ModelStream> inline(OutputPlan plan) {
    if (plan.inlineBytes() > inlineLimit) {
      return Optional.empty();
    }
    ModelStream stream = new ModelStream(model.model(), plan.streamed());
    return stream.size() > inlineLimit ? Optional.empty() : Optional.of(stream);
  }

  /** The real path of the output: a symbolic link is followed, its folder must exist. */
  private static Path target(Path out) throws IOException {
    if (Files.isDirectory(out)) {
      throw new IOException("it is a folder");
    }
    if (Files.exists(out)) {
      return out.toRealPath();
    }
    Path absolute = out.toAbsolutePath().normalize();
    return absolute.getParent().toRealPath().resolve(absolute.getFileName());
  }

  /** Where a link leads: to replace one of the input's links is to take its file away. */
  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      return path; // there is no such file
    }
  }

  /** Real paths of the files that the model was read from. */
  Set<Path> files() {
    Set<Path> files = new HashSet<>();
    source.ifPresent(path -> files.add(real(path)));
    if (folder != null) {
      files.addAll(folder.files());
    }
    return files;
  }

  private static boolean same(Path one, Path other) {
    try {
      return Files.exists(one) && Files.exists(other) && Files.isSameFile(one, other);
    } catch (IOException e) {
      return false;
    }
  }

  private OnnxException tooLarge(String what, String how) {
    return new OnnxException(
        OnnxCodes.OUTPUT_TOO_LARGE,
        what + " would have more than " + inlineLimit + " bytes" + how,
        "Only initializers go to external data; turn large Constant nodes into initializers.");
  }

  private static OnnxException unwritable(Path out, IOException cause) {
    String reason = cause.getMessage() == null ? "" : ": " + cause.getMessage();
    return new OnnxException(
        OnnxCodes.UNWRITABLE,
        quote(out.toString())
            + " cannot be written ("
            + cause.getClass().getSimpleName()
            + reason
            + ")",
        "Check that the folder exists, may be written to and has room.",
        cause);
  }
}
