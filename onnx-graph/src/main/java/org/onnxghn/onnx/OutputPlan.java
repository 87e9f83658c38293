package org.onnxghn.onnx;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Descriptors.FieldDescriptor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.onnxghn.onnx.ModelStream.Streamed;
import org.onnxghn.onnx.TensorData.Field;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.StringStringEntryProto;
import org.onnxghn.onnx.proto.TensorProto;

/** Where each tensor of a model goes: into the model file, or into a file of external data. */
final class OutputPlan {
  /** Initializers below this many bytes stay in the model file, as in ONNX's own tools. */
  private static final long EXTERNAL_FROM = 1024;

  /** Large tensors start at a page, so that they can be mapped. */
  private static final long PAGE = 4096;

  /** Tensors from this size on start at a page. */
  private static final long LARGE = 1 << 20;

  /** Stands for all files of the input where there is one data file. */
  private static final Path ONE = Path.of("");

  /** A file of external data. */
  static final class DataFile {
    private final String name;
    private final List<Payload> payloads = new ArrayList<>();
    private final List<Long> offsets = new ArrayList<>();
    private final Map<ExternalRegion, Long> placed = new HashMap<>();
    private long end;

    private DataFile(String name) {
      this.name = name;
    }

    /** Its name beside the model. */
    String name() {
      return name;
    }

    /** Where the region begins; the whole that it is a part of is added once. */
    private long add(ExternalRegion region, ExternalRegion whole) {
      Long start = placed.get(whole);
      if (start == null) {
        start = add(new Payload.Region(whole));
        placed.put(whole, start);
      }
      return start + region.offset() - whole.offset();
    }

    private long add(Payload payload) {
      long offset = payload.bytes() < LARGE ? end : (end + PAGE - 1) / PAGE * PAGE;
      payloads.add(payload);
      offsets.add(offset);
      end = offset + payload.bytes();
      return offset;
    }

    /** Writes all tensors, with zeros between them. */
    void writeTo(CodedOutputStream out) throws IOException {
      byte[] zeros = new byte[(int) PAGE];
      long at = 0;
      for (int i = 0; i < payloads.size(); i++) {
        out.write(zeros, 0, (int) (offsets.get(i) - at));
        payloads.get(i).writeTo(out);
        at = offsets.get(i) + payloads.get(i).bytes();
      }
      out.flush();
    }
  }

  private final ExternalData choice;
  private final Map<TensorProto, TensorEdits.Values> edits;
  private final ModelFolder folder;
  private final IntFunction<String> fileNames;
  private final Map<TensorProto, Streamed> streamed = new IdentityHashMap<>();
  private final Map<Path, DataFile> bySource = new HashMap<>();
  private final SharedRegions shared = new SharedRegions();
  private final List<DataFile> files = new ArrayList<>();
  private long inlineBytes;

  private OutputPlan(
      ExternalData choice,
      Map<TensorProto, TensorEdits.Values> edits,
      ModelFolder folder,
      IntFunction<String> fileNames) {
    this.choice = choice;
    this.edits = edits;
    this.folder = folder;
    this.fileNames = fileNames;
  }

  /**
   * @param folder where the model's external data is, or null
   * @param fileNames names of the first, second … new data file
   * @throws OnnxException OG-121 when external data that is to be copied is missing
   */
  static OutputPlan of(
      TensorEdits.Edited model,
      ExternalData choice,
      ModelFolder folder,
      IntFunction<String> fileNames) {
    OutputPlan plan = new OutputPlan(choice, model.values(), folder, fileNames);
    if (choice != ExternalData.INLINE) {
      TensorWalk.forEach(model.model(), plan::share);
    }
    TensorWalk.forEach(model.model(), plan::place);
    return plan;
  }

  /** What is written instead of some tensors. */
  Map<TensorProto, Streamed> streamed() {
    return streamed;
  }

  /** The new files of external data, in the order of first use. */
  List<DataFile> files() {
    return files;
  }

  /** Bytes of tensor data in the model file, at least. */
  long inlineBytes() {
    return inlineBytes;
  }

  private void share(TensorProto tensor, FieldDescriptor holder) {
    if (TensorData.fieldOf(tensor) == Field.EXTERNAL && !edits.containsKey(tensor)) {
      shared.add(region(tensor));
    }
  }

  private void place(TensorProto tensor, FieldDescriptor holder) {
    Field field = TensorData.fieldOf(tensor);
    TensorEdits.Values values = edits.get(tensor);
    boolean external = field == Field.EXTERNAL;
    if (external && choice != ExternalData.INLINE
        || choice == ExternalData.ALWAYS && mayMove(tensor, values, field, holder)) {
      DataFile file = fileFor(choice == ExternalData.ALWAYS ? ONE : source(tensor));
      Payload data = data(tensor, values, field);
      TensorProto header = external(tensor, file, data);
      streamed.put(tensor, new Streamed(header, 0, null));
    } else if (external) {
      Payload data = data(tensor, values, field);
      TensorProto header = tensor.toBuilder().clearExternalData().clearDataLocation().build();
      streamed.put(tensor, new Streamed(header, Field.RAW.number(), data));
      inlineBytes += data.bytes();
    } else if (values != null) {
      Payload data = data(tensor, values, values.field());
      streamed.put(tensor, new Streamed(tensor, values.field().number(), data));
      inlineBytes += data.bytes();
    } else {
      inlineBytes += tensor.getRawData().size() + new Payload.Typed(tensor).bytes();
    }
  }

  private static boolean mayMove(
      TensorProto tensor, TensorEdits.Values values, Field field, FieldDescriptor holder) {
    boolean initializer =
        holder.getContainingType() == GraphProto.getDescriptor()
            && holder.getNumber() == GraphProto.INITIALIZER_FIELD_NUMBER;
    boolean movable =
        values != null || field == Field.RAW || field == Field.FLOATS || field == Field.DOUBLES;
    return initializer && movable && bytes(tensor, values, field) >= EXTERNAL_FROM;
  }

  private static long bytes(TensorProto tensor, TensorEdits.Values values, Field field) {
    if (values != null) {
      return (long) values.floats().length * (ElementType.of(tensor.getDataType()).bits() / 8);
    }
    return field == Field.RAW ? tensor.getRawData().size() : new Payload.Typed(tensor).bytes();
  }

  private Payload data(TensorProto tensor, TensorEdits.Values values, Field field) {
    ElementType type = ElementType.of(tensor.getDataType());
    if (values != null) {
      return field == Field.INT32S
          ? new Payload.Varints(values.floats(), type)
          : new Payload.Fixed(values.floats(), type);
    }
    return switch (field) {
      case EXTERNAL -> new Payload.Region(region(tensor));
      case RAW -> new Payload.Bytes(tensor.getRawData());
      default -> new Payload.Typed(tensor);
    };
  }

  private ExternalRegion region(TensorProto tensor) {
    String where = TensorData.describe(tensor);
    ElementType type = ElementType.of(tensor.getDataType());
    long elements = Shape.of(tensor.getDimsList()).elements();
    return folder
        .locate(tensor, TensorData.rawBytes(type, elements, where), where)
        .orElseThrow(() -> ModelFolder.missing(where, location(tensor), null));
  }

  private static String location(TensorProto tensor) {
    return ModelFolder.entry(tensor, "location").orElse("");
  }

  /** The input's file of external data, however its name is spelled. */
  private Path source(TensorProto tensor) {
    return folder == null ? ONE : folder.file(location(tensor), TensorData.describe(tensor));
  }

  private DataFile fileFor(Path source) {
    return bySource.computeIfAbsent(
        source,
        key -> {
          DataFile file = new DataFile(fileNames.apply(files.size()));
          files.add(file);
          return file;
        });
  }

  /**
   * The tensor with its data in the file. Other entries stay, but not the checksum: ONNX defines it
   * as that of the whole file, so it is stale even where the tensor has not changed.
   */
  private TensorProto external(TensorProto tensor, DataFile file, Payload data) {
    long offset =
        data instanceof Payload.Region part
            ? file.add(part.region(), shared.around(part.region()))
            : file.add(data);
    TensorProto.Builder header =
        tensor.toBuilder()
            .clearRawData()
            .clearFloatData()
            .clearDoubleData()
            .clearInt32Data()
            .clearExternalData()
            .setDataLocation(TensorProto.DataLocation.EXTERNAL)
            .addExternalData(entry("location", file.name()))
            .addExternalData(entry("offset", Long.toString(offset)))
            .addExternalData(entry("length", Long.toString(data.bytes())));
    for (StringStringEntryProto entry : tensor.getExternalDataList()) {
      boolean replaced =
          switch (entry.getKey()) {
            case "location", "offset", "length", "checksum" -> true;
            default -> false;
          };
      if (!replaced) {
        header.addExternalData(entry);
      }
    }
    return header.build();
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }
}
