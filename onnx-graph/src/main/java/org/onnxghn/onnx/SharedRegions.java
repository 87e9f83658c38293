package org.onnxghn.onnx;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Regions of external data, as large as they must be for tensors that share bytes: a model may have
 * many tensors in one place, of which a copy for each would fill the disk.
 */
final class SharedRegions {
  /** By file and first byte; no two overlap. */
  private final Map<Path, NavigableMap<Long, ExternalRegion>> regions = new HashMap<>();

  /** Takes a region in; it becomes one with those that it overlaps. */
  void add(ExternalRegion region) {
    NavigableMap<Long, ExternalRegion> ofFile =
        regions.computeIfAbsent(region.file(), file -> new TreeMap<>());
    long start = region.offset();
    long end = end(region);
    Map.Entry<Long, ExternalRegion> before = ofFile.floorEntry(start);
    if (before != null && end(before.getValue()) > start) {
      start = before.getKey();
      end = Math.max(end, end(before.getValue()));
    }
    Map<Long, ExternalRegion> overlapped = ofFile.subMap(start, end);
    for (ExternalRegion other : overlapped.values()) {
      end = Math.max(end, end(other));
    }
    overlapped.clear();
    ofFile.put(start, new ExternalRegion(region.file(), start, end - start));
  }

  /** The region that one of those taken in has become a part of. */
  ExternalRegion around(ExternalRegion region) {
    return regions.get(region.file()).floorEntry(region.offset()).getValue();
  }

  private static long end(ExternalRegion region) {
    return region.offset() + region.length();
  }
}
