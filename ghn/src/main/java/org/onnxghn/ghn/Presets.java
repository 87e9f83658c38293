package org.onnxghn.ghn;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.onnxghn.ghn.GhnConfig.Kind;

/** The published configurations (GHN3.md 4 and 4.1). */
final class Presets {
  private Presets() {}

  static Map<String, GhnConfig> all() {
    Map<String, GhnConfig> presets = new LinkedHashMap<>();
    presets.put("ghn3-t", published(Kind.GHN3, 64, 3, 8, 64));
    presets.put("ghn3-s", published(Kind.GHN3, 128, 5, 16, 128));
    presets.put("ghn3-l", published(Kind.GHN3, 256, 12, 16, 256));
    presets.put("ghn3-xl", published(Kind.GHN3, 384, 24, 16, 384));
    presets.put("ghn2", published(Kind.GHN2, 32, 1, 1, 64));
    return Collections.unmodifiableMap(presets);
  }

  private static GhnConfig published(Kind kind, int hidden, int layers, int heads, int channels) {
    return new GhnConfig(kind, hidden, layers, heads, channels, 16, 1000, true, true, true);
  }
}
