package org.onnxghn.onnx;

import static org.onnxghn.onnx.OnnxCodes.quote;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.SparseTensorProto;
import org.onnxghn.onnx.proto.TensorProto;

/**
 * A tensor of a model that may be a parameter, in whatever form the file holds it. Its values are
 * read when asked for, and not kept.
 */
public final class StoredTensor {
  /** How the file holds a tensor. */
  public enum Form {
    /** In {@code graph.initializer}. */
    INITIALIZER,
    /** The {@code value}, {@code value_float(s)} or {@code value_int(s)} of a Constant node. */
    CONSTANT_NODE,
    /** A ConstantOfShape node whose shape is known. */
    CONSTANT_OF_SHAPE,
    /** An input of the main graph with a fixed shape and no initializer. */
    GRAPH_INPUT,
    /** In {@code graph.sparse_initializer}. */
    SPARSE_INITIALIZER,
    /**
     * An Identity node on an initializer that others of the same graph read too: what exporters
     * write for a parameter that has the values of another one. With values of its own, or when
     * those of the other one change, it becomes an initializer.
     */
    INITIALIZER_COPY
  }

  /**
   * Where in the model: which of its body's initializers, sparse initializers, inputs or nodes, and
   * which of the node's attributes (-1: none).
   */
  record Place(Body body, int index, int attribute) {}

  /**
   * What holds the values; all but {@code folder} may be null.
   *
   * @param tensor an initializer, a Constant's value or a ConstantOfShape's fill
   * @param attribute a Constant's attribute of another type
   * @param folder where external data is
   * @param edited values set by {@code OnnxModel.withParameters}
   */
  record Source(
      TensorProto tensor,
      AttributeProto attribute,
      SparseTensorProto sparse,
      ModelFolder folder,
      float[] edited) {}

  private final String name;
  private final Form form;
  private final Shape shape;
  private final ElementType type;
  private final Place place;
  private final Source source;
  private final long computedLimit;

  StoredTensor(
      String name,
      Form form,
      Shape shape,
      ElementType type,
      Place place,
      Source source,
      long computedLimit) {
    this.name = name;
    this.form = form;
    this.shape = shape;
    this.type = type;
    this.place = place;
    this.source = source;
    this.computedLimit = computedLimit;
  }

  /**
   * The ONNX name; where the same name occurs in another graph or function of the model, followed
   * by {@code @} and the path of the subgraph. Unique in the model.
   */
  public String name() {
    return name;
  }

  /** How the file holds it. */
  public Form form() {
    return form;
  }

  /** The shape as stored. */
  public Shape shape() {
    return shape;
  }

  /** The element type as stored. */
  public ElementType type() {
    return type;
  }

  /** Whether there are values: not for graph inputs, nor where the external file is missing. */
  public boolean hasData() {
    boolean held =
        source.edited() != null
            || source.tensor() == null
            || TensorData.fieldOf(source.tensor()) != TensorData.Field.EXTERNAL;
    return form != Form.GRAPH_INPUT && (held || region(source.tensor()).isPresent());
  }

  Place place() {
    return place;
  }

  Source source() {
    return source;
  }

  /**
   * The values in stored order, rounded to float32 from float64; a new array.
   *
   * @throws OnnxException OG-130 when there are none or the type is not a floating-point one,
   *     OG-131 when they do not fit in an array, OG-121 when external data is missing
   */
  public float[] floats() {
    if (!type.isTrainable()) {
      throw notReadable("as float32");
    }
    int elements = arraySize();
    if (source.edited() != null) {
      float[] values = source.edited().clone();
      for (int i = 0; i < elements; i++) {
        values[i] = HalfFloats.rounded(values[i], type);
      }
      return values;
    }
    return switch (form) {
      case GRAPH_INPUT -> throw notReadable("since the model was exported without it");
      case SPARSE_INITIALIZER -> SparseValues.dense(source.sparse(), type, elements);
      case CONSTANT_OF_SHAPE -> {
        float[] values = new float[elements];
        Arrays.fill(values, fill());
        yield values;
      }
      case INITIALIZER, INITIALIZER_COPY, CONSTANT_NODE ->
          source.tensor() != null ? stored(elements) : attribute();
    };
  }

  /** What all elements of a ConstantOfShape of floats are, which may be more than fit in memory. */
  public float fill() {
    if (form != Form.CONSTANT_OF_SHAPE) {
      throw notReadable("as one number");
    }
    return source.tensor() == null ? 0 : TensorData.floats(source.tensor(), type, 1)[0];
  }

  /**
   * The values in stored order as float64, which rounds none of them unless a float64 tensor is
   * sparse; a new array.
   *
   * @throws OnnxException as {@link #floats}
   */
  public double[] doubles() {
    boolean isExact = source.tensor() != null && source.edited() == null;
    if (type != ElementType.DOUBLE || !isExact) {
      float[] floats = floats();
      double[] values = new double[floats.length];
      Arrays.setAll(values, i -> floats[i]);
      return values;
    }
    double[] values = new double[arraySize()];
    if (form == Form.CONSTANT_OF_SHAPE) {
      Arrays.fill(values, TensorData.doubles(source.tensor(), 1)[0]);
    } else if (TensorData.fieldOf(source.tensor()) == TensorData.Field.EXTERNAL) {
      readExternal((chunk, at) -> TensorData.decode(chunk, values, at));
    } else {
      return TensorData.doubles(source.tensor(), values.length);
    }
    return values;
  }

  /**
   * The values of an integer or bool tensor in stored order; uint64 beyond 2^63 wraps. A new array.
   *
   * @throws OnnxException OG-130 when there are none or the type is not an integer type, OG-131
   *     when they do not fit in an array, OG-121 when external data is missing
   */
  public long[] longs() {
    switch (type) {
      case INT64, INT32, INT16, INT8, UINT64, UINT32, UINT16, UINT8, BOOL -> {}
      default -> throw notReadable("as int64");
    }
    int elements = arraySize();
    return switch (form) {
      case GRAPH_INPUT -> throw notReadable("since the model was exported without it");
      case SPARSE_INITIALIZER -> throw notReadable("as int64, since it is sparse");
      case CONSTANT_OF_SHAPE -> {
        long[] values = new long[elements];
        Arrays.fill(values, TensorData.longs(source.tensor(), type, 1)[0]);
        yield values;
      }
      case INITIALIZER, INITIALIZER_COPY, CONSTANT_NODE -> {
        if (source.tensor() == null) {
          AttributeProto attribute = source.attribute();
          yield attribute.getName().equals("value_int")
              ? new long[] {attribute.getI()}
              : attribute.getIntsList().stream().mapToLong(Long::longValue).toArray();
        }
        if (TensorData.fieldOf(source.tensor()) != TensorData.Field.EXTERNAL) {
          yield TensorData.longs(source.tensor(), type, elements);
        }
        long[] values = new long[elements];
        readExternal((chunk, at) -> TensorData.decode(chunk, type, values, at));
        yield values;
      }
    };
  }

  /** Decodes a chunk into an array from an index on, and says how many values it was. */
  @FunctionalInterface
  private interface Decoder {
    int decode(ByteBuffer chunk, int at);
  }

  private float[] stored(int elements) {
    if (TensorData.fieldOf(source.tensor()) != TensorData.Field.EXTERNAL) {
      return TensorData.floats(source.tensor(), type, elements);
    }
    float[] values = new float[elements];
    readExternal((chunk, at) -> TensorData.decode(chunk, type, values, at));
    return values;
  }

  private float[] attribute() {
    AttributeProto attribute = source.attribute();
    if (attribute.getName().equals("value_float")) {
      return new float[] {attribute.getF()};
    }
    float[] values = new float[attribute.getFloatsCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = attribute.getFloats(i);
    }
    return values;
  }

  private void readExternal(Decoder decoder) {
    String location = ModelFolder.entry(source.tensor(), "location").orElse("");
    ExternalRegion region =
        region(source.tensor())
            .orElseThrow(() -> ModelFolder.missing("tensor " + quote(name), location, null));
    int[] at = {0};
    try {
      region.read(chunk -> at[0] += decoder.decode(chunk, at[0]));
    } catch (IOException e) {
      throw ModelFolder.missing("tensor " + quote(name), location, e);
    }
  }

  private Optional<ExternalRegion> region(TensorProto tensor) {
    String where = "tensor " + quote(name);
    return source
        .folder()
        .locate(tensor, TensorData.rawBytes(type, shape.elements(), where), where);
  }

  private int arraySize() {
    boolean computed = form == Form.CONSTANT_OF_SHAPE || form == Form.SPARSE_INITIALIZER;
    long limit = computed ? Math.min(computedLimit, ARRAY_LIMIT) : ARRAY_LIMIT;
    if (shape.elements() > limit) {
      throw new OnnxException(
          OnnxCodes.TENSOR_TOO_LARGE,
          "tensor %s (%s) has %d elements; at most %d can be read at once"
              .formatted(quote(name), shape, shape.elements(), limit),
          "Leave this tensor out (--keep), or raise ModelLimits.computedElements if it may be.");
    }
    return (int) shape.elements();
  }

  /** The longest array that every JVM allows. */
  private static final int ARRAY_LIMIT = Integer.MAX_VALUE - 8;

  private OnnxException notReadable(String why) {
    return new OnnxException(
        OnnxCodes.NOT_READABLE,
        "tensor %s (%s) cannot be read %s".formatted(quote(name), type.label(), why),
        "Only tensors with data of a floating-point type have float values.");
  }

  @Override
  public String toString() {
    return name + " " + shape + " " + type.label() + " " + form;
  }
}
