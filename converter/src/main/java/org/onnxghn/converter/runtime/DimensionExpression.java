package org.onnxghn.converter.runtime;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Arithmetic in the name of a dimension, as exporters write it where one dimension depends on
 * others: {@code past_length + length}, {@code 2*length}. Sums, differences, products, whole
 * quotients and brackets.
 */
final class DimensionExpression {
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.]*");
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

  /** Longer names are no formulas; it bounds the recursion, too. */
  private static final int MAX_LENGTH = 200;

  private final String text;
  private final Map<String, Long> sizes;
  private int at;

  private DimensionExpression(String text, Map<String, Long> sizes) {
    this.text = text;
    this.sizes = sizes;
  }

  /** The names in a text that is more than one name or number; none when it is just that. */
  static Set<String> operands(String text) {
    Set<String> names = new LinkedHashSet<>();
    Matcher matcher = NAME.matcher(text);
    while (text.length() <= MAX_LENGTH && matcher.find()) {
      names.add(matcher.group());
    }
    return names.contains(text) ? Set.of() : names;
  }

  /**
   * Its value; empty when the text is no formula of these sizes, or the value is no size: a name
   * may hold a hyphen and mean nothing by it.
   */
  static OptionalLong evaluate(String text, Map<String, Long> sizes) {
    if (text.length() > MAX_LENGTH) {
      return OptionalLong.empty();
    }
    DimensionExpression expression = new DimensionExpression(text, sizes);
    try {
      long value = expression.sum();
      expression.skip();
      boolean whole = expression.at == text.length();
      return whole && value >= 0 ? OptionalLong.of(value) : OptionalLong.empty();
    } catch (ArithmeticException e) {
      return OptionalLong.empty();
    }
  }

  private long sum() {
    long value = product();
    while (true) {
      if (take("+")) {
        value = Math.addExact(value, product());
      } else if (take("-")) {
        value = Math.subtractExact(value, product());
      } else {
        return value;
      }
    }
  }

  private long product() {
    long value = factor();
    while (true) {
      if (take("*")) {
        value = Math.multiplyExact(value, factor());
      } else if (take("//") || take("/")) {
        value = Math.floorDiv(value, factor());
      } else {
        return value;
      }
    }
  }

  private long factor() {
    if (take("(")) {
      long value = sum();
      if (!take(")")) {
        throw new ArithmeticException("a bracket is open");
      }
      return value;
    }
    String number = token(NUMBER);
    if (number != null) {
      return Long.parseLong(number);
    }
    String name = token(NAME);
    Long size = name == null ? null : sizes.get(name);
    if (size == null) {
      throw new ArithmeticException("no size of that name");
    }
    return size;
  }

  private String token(Pattern pattern) {
    skip();
    Matcher matcher = pattern.matcher(text).region(at, text.length());
    if (!matcher.lookingAt()) {
      return null;
    }
    at = matcher.end();
    return matcher.group();
  }

  private boolean take(String sign) {
    skip();
    boolean taken = text.startsWith(sign, at);
    at += taken ? sign.length() : 0;
    return taken;
  }

  private void skip() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }
}
