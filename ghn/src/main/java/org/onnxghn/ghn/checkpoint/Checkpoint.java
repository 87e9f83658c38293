package org.onnxghn.ghn.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.Shape;

/**
 * The weights and the configuration of a hypernetwork. Tensors have the names and shapes of {@link
 * GhnConfig#tensors}, all of them and no others.
 *
 * <p>The file form is safetensors. Its {@code __metadata__} has {@value #CONFIG_KEY} (a JSON
 * object), {@value #NAME_KEY}, and the provenance: {@code onnx-ghn.version}, for imported weights
 * {@code source.file}, {@code source.sha256} and {@code source.format}, for random ones {@code
 * seed}.
 *
 * <p>Thread-safe. Buffers stay valid after {@link #close}, which frees the file.
 */
public final class Checkpoint implements AutoCloseable {
  static final String CONFIG_KEY = "onnx-ghn.config";
  static final String NAME_KEY = "onnx-ghn.name";
  static final String VERSION_KEY = "onnx-ghn.version";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String name;
  private final GhnConfig config;
  private final Map<String, String> provenance;
  private final Map<String, TensorSource> tensors;
  private final FileBytes file;
  private final Supplier<String> hash;
  private String sha256;

  /**
   * @param file to be closed with this checkpoint, or null
   * @param hash computes {@link #sha256} when it is first asked for; null: of what would be written
   */
  Checkpoint(
      String name,
      GhnConfig config,
      Map<String, String> provenance,
      Map<String, TensorSource> tensors,
      FileBytes file,
      Supplier<String> hash) {
    this.name = name;
    this.config = config;
    this.provenance = Collections.unmodifiableMap(new TreeMap<>(provenance));
    this.tensors = Collections.unmodifiableMap(tensors);
    this.file = file;
    this.hash = hash == null ? () -> CheckpointHash.ofFile(this) : hash;
  }

  /**
   * Opens a safetensors file; tensors are mapped when asked for. The configuration is the stored
   * one or, for a file of another tool, inferred from the shapes (GHN3.md 7).
   *
   * @throws CheckpointException for any file that is not a complete, valid checkpoint
   */
  public static Checkpoint read(Path safetensors) {
    return read(FileForm.stem(safetensors), FileBytes.open(safetensors));
  }

  /**
   * Reads an open file, which is closed with the checkpoint.
   *
   * @param stem its name when the file states none
   */
  static Checkpoint read(String stem, FileBytes file) {
    try {
      FileForm.requireSafetensors(file);
      SafetensorsFile content = SafetensorsFile.read(file);
      Map<String, FileTensor> tensors = CheckpointTensors.normalise(file.name(), content.tensors());
      Map<String, String> provenance = new HashMap<>(content.metadata());
      String declared = provenance.remove(CONFIG_KEY);
      GhnConfig config =
          ConfigReader.read(
              file.name(), parse(file.name(), declared), CheckpointTensors.shapes(tensors));
      String name = provenance.remove(NAME_KEY);
      return new Checkpoint(
          name == null ? stem : name,
          config,
          provenance,
          CheckpointTensors.require(file.name(), config, tensors),
          file,
          file::sha256);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /**
   * A random checkpoint as at the start of training (GHN3.md 8). The same configuration and seed
   * give the same bits everywhere. Values are made when they are asked for, so that this takes
   * neither time nor memory.
   */
  public static Checkpoint initialise(GhnConfig config, long seed) {
    String kind = config.kind().name().toLowerCase(Locale.ROOT);
    return new Checkpoint(
        kind + "-random-" + seed,
        config,
        Map.of("seed", Long.toString(seed), VERSION_KEY, version()),
        Initialisation.tensors(config, seed),
        null,
        null);
  }

  /**
   * A checkpoint of weights in memory, such as a trainer's.
   *
   * @param provenance goes into the file's metadata as it is
   * @param values what remains of the buffer is the tensor with that name, row-major; asked once
   *     for each name of {@link GhnConfig#tensors}, and not copied
   * @throws CheckpointException when a buffer is missing or has another number of elements
   */
  public static Checkpoint of(
      String name,
      GhnConfig config,
      Map<String, String> provenance,
      Function<String, FloatBuffer> values) {
    Map<String, MemoryTensor> tensors = new HashMap<>();
    config
        .tensors()
        .forEach(
            (tensor, shape) -> {
              FloatBuffer buffer = values.apply(tensor);
              if (buffer != null) {
                boolean fits = buffer.remaining() == shape.elements();
                tensors.put(
                    tensor, new MemoryTensor(fits ? shape : Shape.of(buffer.remaining()), buffer));
              }
            });
    Map<String, String> all = new HashMap<>(provenance);
    all.putIfAbsent(VERSION_KEY, version());
    return new Checkpoint(
        name, config, all, CheckpointTensors.require(name, config, tensors), null, null);
  }

  /**
   * The same weights under another name, with more provenance, which replaces entries of the same
   * key. To be used instead of this one, and closed like it.
   *
   * @param newName null keeps the name
   */
  public Checkpoint described(String newName, Map<String, String> more) {
    Map<String, String> all = new HashMap<>(provenance);
    all.putAll(more);
    return new Checkpoint(newName == null ? name : newName, config, all, tensors, file, null);
  }

  /** The architecture. */
  public GhnConfig config() {
    return config;
  }

  /** The name it was given when it was made or imported, such as {@code ghn3xlm16}. */
  public String name() {
    return name;
  }

  /**
   * SHA-256 in hexadecimal of the file that was read, as {@code sha256sum} prints it; of the file
   * that {@link #write} would write as float32 when there is none. Computed at the first call.
   */
  public synchronized String sha256() {
    if (sha256 == null) {
      sha256 = hash.get();
    }
    return sha256;
  }

  /**
   * SHA-256 in hexadecimal of names, shapes and float32 values only: the same for the same weights
   * in any file form and with any provenance. Reads all weights.
   */
  public String weightsSha256() {
    return CheckpointHash.ofWeights(tensors);
  }

  /** Where the weights come from: the metadata of the file but configuration and name. */
  public Map<String, String> provenance() {
    return provenance;
  }

  /** Number of elements of all tensors. */
  public long parameterCount() {
    return tensors.values().stream().mapToLong(tensor -> tensor.shape().elements()).sum();
  }

  /** Names of the tensors, in the order of {@link GhnConfig#tensors}. */
  public Set<String> tensorNames() {
    return tensors.keySet();
  }

  /** Shape of a tensor; linear weights are (out, in). */
  public Shape shape(String tensor) {
    return source(tensor).shape();
  }

  /** Element type in which the tensor is stored. */
  public ElementType type(String tensor) {
    return source(tensor).type();
  }

  /**
   * The values of a tensor as float32, row-major, direct, in native order. A read-only view of the
   * file where it is stored as aligned float32, otherwise a new buffer at each call.
   */
  public FloatBuffer floats(String tensor) {
    return bytes(tensor).asFloatBuffer();
  }

  /** The buffer below {@link #floats}: what a tensor library can use without a copy. */
  public ByteBuffer bytes(String tensor) {
    return source(tensor).bytes();
  }

  /**
   * Writes safetensors: to a temporary file beside the target, synced, then renamed. The same
   * checkpoint and type give the same bytes.
   *
   * @param type {@link ElementType#FLOAT} or {@link ElementType#FLOAT16}
   * @throws CheckpointException when the file cannot be written, or a value is too large for
   *     float16
   */
  public void write(Path out, ElementType type) {
    writer(type).write(out);
  }

  SafetensorsWriter writer(ElementType type) {
    Map<String, String> metadata = new TreeMap<>(provenance);
    try {
      metadata.put(CONFIG_KEY, JSON.writeValueAsString(ConfigReader.declare(config)));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a map of numbers is always JSON", e);
    }
    metadata.put(NAME_KEY, name);
    return new SafetensorsWriter(metadata, tensors, type);
  }

  private TensorSource source(String tensor) {
    TensorSource source = tensors.get(tensor);
    if (source == null) {
      throw new CheckpointException(
          CheckpointException.NO_SUCH_TENSOR,
          "checkpoint " + name + " has no tensor '" + tensor + "'",
          "ask for one of the names of its configuration");
    }
    return source;
  }

  private static Map<?, ?> parse(String file, String json) {
    JsonProcessingException problem = null;
    try {
      Map<?, ?> declared = json == null ? Map.of() : JSON.readValue(json, Map.class);
      if (declared != null) {
        return declared;
      }
    } catch (JsonProcessingException e) {
      problem = e;
    }
    throw new CheckpointException(
        CheckpointException.CONFIG,
        file + ": metadata '" + CONFIG_KEY + "' is not a JSON object",
        "remove it, so that the configuration is inferred from the tensors",
        problem);
  }

  static String version() {
    try (InputStream in = Checkpoint.class.getResourceAsStream("version.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).trim();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    if (file != null) {
      file.close();
    }
  }
}
