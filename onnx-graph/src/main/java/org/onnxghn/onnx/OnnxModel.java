package org.onnxghn.onnx;

import static org.onnxghn.onnx.OnnxCodes.quote;

import com.google.protobuf.ByteString;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.StringStringEntryProto;
import org.onnxghn.onnx.proto.ValueInfoProto;

/**
 * One ONNX model: read, checked, and written again with other parameters. Immutable; the {@code
 * with} methods return a model that shares everything unchanged with this one.
 *
 * <p>The model file is in memory once; external data stays on disk until a tensor is asked for, so
 * those files must not be changed while the model is in use.
 */
public final class OnnxModel {
  /** What the model was made from. */
  private record Origin(Path path, ModelFolder folder, ByteString content, ModelLimits limits) {}

  private final Origin origin;
  private final TensorEdits.Edited edited;
  private final List<Body> bodies;
  private final TensorIndex index;

  private OnnxModel(Origin origin, TensorEdits.Edited edited, List<Body> bodies) {
    this(origin, edited, bodies, null);
  }

  /**
   * @param before the index of the model that this one is a part of, or null
   */
  private OnnxModel(
      Origin origin, TensorEdits.Edited edited, List<Body> bodies, TensorIndex before) {
    this.origin = origin;
    this.edited = edited;
    this.bodies = bodies;
    this.index = TensorIndex.of(bodies, origin.limits(), origin.folder(), edited.values(), before);
  }

  /** As {@link #read(Path, ModelLimits)} with {@link ModelLimits#DEFAULT}. */
  public static OnnxModel read(Path file) {
    return read(file, ModelLimits.DEFAULT);
  }

  /**
   * Reads a file (through a mapping), parses and checks it. External data is looked for, not read;
   * where a file of external data is missing, its tensors have no data.
   *
   * @throws OnnxException OG-100 to OG-122, with the file in the message
   */
  public static OnnxModel read(Path file, ModelLimits limits) {
    try {
      ModelFile content = ModelFile.read(file, limits);
      ModelProto model = content.parse(limits);
      return of(model, new Origin(file, content.folder(), content.content(), limits));
    } catch (OnnxException e) {
      throw new OnnxException(e.code(), file + ": " + e.getMessage(), e.fix(), e.getCause());
    }
  }

  /**
   * Checks a model that is in memory, as {@link #read} does.
   *
   * @throws OnnxException OG-103 to OG-112; OG-123 when it has external data
   */
  public static OnnxModel of(ModelProto model) {
    return of(model, new Origin(null, null, null, ModelLimits.DEFAULT));
  }

  private static OnnxModel of(ModelProto model, Origin origin) {
    List<Body> bodies = ModelValidator.validate(model, origin.limits(), origin.folder());
    return new OnnxModel(origin, new TensorEdits.Edited(model, Map.of()), bodies);
  }

  /**
   * The protobuf. Its byte strings are parts of one copy of the file. After {@link #withParameters}
   * the tensors that were given values have no data here (ask {@link #tensorOf}); {@link #toProto}
   * has them.
   */
  public ModelProto proto() {
    return edited.model();
  }

  /** The file that the model was read from. */
  public Optional<Path> path() {
    return Optional.ofNullable(origin.path());
  }

  /** Real paths of the files that the model was read from: its own, and those of external data. */
  public Set<Path> files() {
    return new ModelWriter(edited, path(), origin.folder(), Integer.MAX_VALUE).files();
  }

  /** Bytes of the file that the model was read from, without external data; before any change. */
  public long bytes() {
    return origin.content() != null ? origin.content().size() : proto().getSerializedSize();
  }

  /**
   * SHA-256 in hexadecimal of the file that the model was read from, before any change; of the
   * serialized protobuf for a model in memory.
   */
  public String sha256() {
    return ModelFile.sha256(origin.content() != null ? origin.content() : proto().toByteString());
  }

  /**
   * All tensors that may be parameters, whatever their type: of the main graph (initializers,
   * sparse initializers, inputs, Constant and ConstantOfShape nodes), of functions, then of
   * subgraphs, level by level.
   */
  public List<StoredTensor> tensors() {
    return index.all();
  }

  /** The tensor with this {@link StoredTensor#name}. */
  public Optional<StoredTensor> tensor(String name) {
    return index.byName(name);
  }

  /**
   * The tensor that a part of {@link #proto} holds, by identity: a TensorProto (initializer), a
   * NodeProto (Constant, ConstantOfShape), a SparseTensorProto or a ValueInfoProto (graph input).
   */
  public Optional<StoredTensor> tensorOf(Object proto) {
    return index.byProto(proto);
  }

  /**
   * The model with other values in some tensors. Each tensor keeps its form and type, except that
   * graph inputs, ConstantOfShape nodes and sparse initializers become initializers of the same
   * name (in functions, and before IR version 4, a ConstantOfShape becomes a Constant, and an input
   * stays an input as well).
   *
   * <p>A {@link StoredTensor.Form#INITIALIZER_COPY} whose initializer is given values becomes an
   * initializer (or Constant), too; it keeps what it had unless it is given values itself.
   *
   * @param stored float32 values in stored order by {@link StoredTensor#name}; rounded to nearest
   *     even where the type is narrower. The arrays are not copied: leave them unchanged.
   * @throws OnnxException OG-132 for a name that is not there, OG-133 for a wrong number of values
   *     or a type that is not trainable
   */
  public OnnxModel withParameters(Map<String, float[]> stored) {
    Map<StoredTensor, float[]> edits = new HashMap<>();
    // In the order of names, so that the first error is the same in every run.
    new TreeMap<>(stored).forEach((name, values) -> edits.put(checked(name, values), values));
    List<StoredTensor> kept = new ArrayList<>();
    for (StoredTensor tensor : edits.keySet()) {
      index.copiesOf(tensor).stream().filter(copy -> !edits.containsKey(copy)).forEach(kept::add);
    }
    TensorEdits.Edited result = TensorEdits.apply(edited, bodies, edits, kept);
    return new OnnxModel(origin, result, Body.allOf(result.model(), origin.limits()));
  }

  private StoredTensor checked(String name, float[] values) {
    StoredTensor tensor =
        index
            .byName(name)
            .orElseThrow(
                () ->
                    new OnnxException(
                        OnnxCodes.NO_SUCH_PARAMETER,
                        "the model has no tensor " + quote(name),
                        "Use the names of OnnxModel.tensors()."));
    if (!tensor.type().isTrainable() || tensor.shape().elements() != values.length) {
      throw new OnnxException(
          OnnxCodes.WRONG_VALUES,
          "tensor %s (%s, %s) cannot take %d float values"
              .formatted(quote(name), tensor.shape(), tensor.type().label(), values.length),
          "Give as many values as the shape has elements, to a floating-point tensor.");
    }
    return tensor;
  }

  /**
   * The model in which each of these {@link StoredTensor.Form#INITIALIZER_COPY} is an initializer
   * (or Constant) of what it has now, so that it stays that whatever becomes of the tensor that it
   * copies, and of the other nodes that read it.
   */
  public OnnxModel withOwnData(List<StoredTensor> copies) {
    if (copies.isEmpty()) {
      return this;
    }
    TensorEdits.Edited result = TensorEdits.apply(edited, bodies, Map.of(), copies);
    return new OnnxModel(origin, result, Body.allOf(result.model(), origin.limits()));
  }

  /**
   * The model with some nodes of its main graph. All tensors stay that are not in other nodes, with
   * the names that they have here. An Identity may not be a copy there that is one here; {@link
   * #withOwnData} prevents that.
   *
   * @param nodes their indices
   * @param outputs values that these nodes compute
   */
  public OnnxModel withNodes(BitSet nodes, List<ValueInfoProto> outputs) {
    GraphProto whole = proto().getGraph();
    GraphProto.Builder part = whole.toBuilder().clearNode().clearOutput().addAllOutput(outputs);
    nodes.stream().forEach(i -> part.addNode(whole.getNode(i)));
    ModelProto model = proto().toBuilder().setGraph(part).build();
    TensorEdits.Edited result = new TensorEdits.Edited(model, edited.values());
    return new OnnxModel(origin, result, Body.allOf(model, origin.limits()), index);
  }

  /** The model with entries added to {@code metadata_props}, or replaced where the key is there. */
  public OnnxModel withMetadata(Map<String, String> entries) {
    Map<String, String> left = new LinkedHashMap<>(entries);
    List<StringStringEntryProto> result = new ArrayList<>();
    for (StringStringEntryProto entry : proto().getMetadataPropsList()) {
      String value = left.remove(entry.getKey());
      if (value != null) {
        result.add(entry.toBuilder().setValue(value).build());
      } else if (!entries.containsKey(entry.getKey())) {
        result.add(entry);
      }
    }
    left.forEach(
        (key, value) ->
            result.add(StringStringEntryProto.newBuilder().setKey(key).setValue(value).build()));
    ModelProto model = proto().toBuilder().clearMetadataProps().addAllMetadataProps(result).build();
    return new OnnxModel(origin, new TensorEdits.Edited(model, edited.values()), bodies);
  }

  /**
   * Writes the model, atomically: to temporary files beside the target, synced, then renamed. When
   * it fails, nothing is left behind and an old output is as it was.
   *
   * <p>Files of external data are called {@code OUT.data}, {@code OUT.1.data} …, one for each that
   * the input has; an older file of that name is replaced, but never a file of the input (unless
   * {@link WriteOptions#overwriteInput}). Values are converted while they are written. The same
   * model gives the same bytes.
   *
   * @return the files written: the model, then its external data
   * @throws OnnxException OG-121, OG-140, OG-141 or OG-142
   */
  public List<Path> write(Path out, WriteOptions options) {
    return write(out, options, Integer.MAX_VALUE);
  }

  /** As {@link #write(Path, WriteOptions)}, with another limit than protobuf's 2 GB. */
  List<Path> write(Path out, WriteOptions options, long inlineLimit) {
    return new ModelWriter(edited, path(), origin.folder(), inlineLimit).write(out, options);
  }

  /**
   * The protobuf with all values in it, external data as well: a second copy of everything that
   * {@link #withParameters} changed.
   *
   * @throws OnnxException OG-121 for missing external data, OG-142 above 2 GB
   */
  public ModelProto toProto() {
    return new ModelWriter(edited, path(), origin.folder(), Integer.MAX_VALUE).toProto();
  }
}
