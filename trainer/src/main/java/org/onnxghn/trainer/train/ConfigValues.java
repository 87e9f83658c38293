package org.onnxghn.trainer.train;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** What each key of a configuration takes: the types of {@link TrainingConfig}'s components. */
final class ConfigValues {
  /** Nothing is rounded or guessed: 2.7 is no number of images, and 2 is not true. */
  static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .withCoercionConfigDefaults(
              defaults -> defaults.setCoercion(CoercionInputShape.EmptyString, CoercionAction.Fail))
          .withCoercionConfig(
              LogicalType.Boolean,
              booleans -> booleans.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail))
          .build();

  private ConfigValues() {}

  /**
   * Refuses what the key does not take.
   *
   * @param source where the value is from
   * @param section a section that there is
   * @param key a key that there is in it
   * @throws TrainingException OG-540 with what it takes
   */
  static void require(String source, String section, String key, Object value) {
    Type type = component(component(TrainingConfig.class, section).getType(), key).getGenericType();
    if (isUnderstood(value, type)) {
      return;
    }
    String what =
        value == null
            ? "%s: %s.%s has no value".formatted(source, section, key)
            : "%s: %s.%s cannot be '%s'".formatted(source, section, key, value);
    String fix =
        type instanceof Class<?> enumeration && enumeration.isEnum() && value != null
            ? ConfigFile.nearest(value.toString(), names(enumeration))
            : "Give " + expected(type) + ".";
    throw new TrainingException(TrainingException.CONFIG, what, fix);
  }

  private static RecordComponent component(Class<?> section, String name) {
    return Arrays.stream(section.getRecordComponents())
        .filter(component -> component.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static boolean isUnderstood(Object value, Type type) {
    try {
      return isComplete(MAPPER.convertValue(value, MAPPER.constructType(type)));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean isComplete(Object value) {
    if (value instanceof Collection<?> elements) {
      return elements.stream().allMatch(ConfigValues::isComplete);
    }
    return value instanceof Double number ? Double.isFinite(number) : value != null;
  }

  private static String expected(Type type) {
    if (type instanceof ParameterizedType list) {
      return "a list, each of it " + expected(list.getActualTypeArguments()[0]);
    }
    Class<?> plain = (Class<?>) type;
    if (plain.isEnum()) {
      return "one of " + String.join(", ", names(plain));
    }
    if (plain == boolean.class) {
      return "true or false";
    }
    if (plain == int.class || plain == long.class) {
      return "a whole number, at most " + (plain == int.class ? Integer.MAX_VALUE : Long.MAX_VALUE);
    }
    return plain == String.class ? "a word" : "a finite number";
  }

  private static List<String> names(Class<?> enumeration) {
    return Arrays.stream(enumeration.getEnumConstants())
        .map(constant -> ((Enum<?>) constant).name().toLowerCase(Locale.ROOT))
        .toList();
  }
}
