package org.onnxghn.converter.report;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.function.Function;
import org.onnxghn.graph.Finding;

/** Our JSON objects (shared/JSON.md): one object, numbers that are not finite become null. */
public final class JsonOutput {
  private static final ObjectMapper MAPPER =
      new ObjectMapper()
          .registerModule(
              new SimpleModule()
                  .addSerializer(Double.class, finite())
                  .addSerializer(double.class, finite())
                  .addSerializer(Source.class, label(Source::label))
                  .addSerializer(Finding.Severity.class, label(Finding.Severity::label)))
          // Records are what their components say; methods such as passed() are no fields.
          .setVisibility(PropertyAccessor.IS_GETTER, JsonAutoDetect.Visibility.NONE)
          .setVisibility(PropertyAccessor.GETTER, JsonAutoDetect.Visibility.NONE)
          .setVisibility(PropertyAccessor.FIELD, JsonAutoDetect.Visibility.ANY);

  private JsonOutput() {}

  /**
   * The object that a command prints.
   *
   * @param command such as {@code convert}
   * @param body a record, whose components follow the common fields
   */
  public static String of(String command, Object body) {
    ObjectNode object = header(command);
    object.setAll(tree(body));
    return text(object);
  }

  /** A record as an object without the common fields. */
  public static ObjectNode tree(Object body) {
    return MAPPER.valueToTree(body);
  }

  /** The object that a command prints when it is refused. */
  public static String error(String command, String code, String message, String fix) {
    ObjectNode object = header(command);
    object.putObject("error").put("code", code).put("message", message).put("fix", fix);
    return text(object);
  }

  private static ObjectNode header(String command) {
    return MAPPER
        .createObjectNode()
        .put("tool", "onnx-ghn")
        .put("version", Version.get())
        .put("command", command)
        .put("formatVersion", 1);
  }

  private static String text(ObjectNode object) {
    try {
      return Escape.json(MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(object));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("our own records are always writable", e);
    }
  }

  private static JsonSerializer<Double> finite() {
    return new JsonSerializer<>() {
      @Override
      public void serialize(Double value, JsonGenerator generator, SerializerProvider provider)
          throws IOException {
        if (Double.isFinite(value)) {
          generator.writeNumber(value);
        } else {
          generator.writeNull();
        }
      }
    };
  }

  private static <T> JsonSerializer<T> label(Function<T, String> label) {
    return new JsonSerializer<>() {
      @Override
      public void serialize(T value, JsonGenerator generator, SerializerProvider provider)
          throws IOException {
        generator.writeString(label.apply(value));
      }
    };
  }
}
