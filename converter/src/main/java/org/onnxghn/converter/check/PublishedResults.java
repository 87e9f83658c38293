package org.onnxghn.converter.check;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * Published results of GHN-3 initialisation on ImageNet, by family of networks: top-1 accuracy
 * after one epoch of SGD, from {@code published-results.tsv} beside this class.
 *
 * @param networks number of networks of the family
 * @param wins of them, those that were better than from random initialisation
 * @param ghn3 mean accuracy from GHN-3's prediction, percent
 * @param random mean accuracy from random initialisation, percent
 */
record PublishedResults(int networks, int wins, double ghn3, double random) {
  /** Where the figures are from. */
  static final String CITATION =
      "Knyazev et al., Can We Scale Transformers to Predict Parameters of Diverse ImageNet Models?,"
          + " ICML 2023, published results per network";

  private static final Map<Family, PublishedResults> TABLE = read();

  /** The results of a family. */
  static PublishedResults of(Family family) {
    return TABLE.get(family);
  }

  /** Whether more networks gained than lost. */
  boolean gained() {
    return 2 * wins > networks;
  }

  /** The figures as a sentence. */
  String evidence() {
    return String.format(
        Locale.ROOT,
        "%d of %d such networks were better after one epoch of SGD on ImageNet than from random"
            + " initialisation (mean top-1 %.1f %% against %.1f %%; %s)",
        wins,
        networks,
        ghn3,
        random,
        CITATION);
  }

  private static Map<Family, PublishedResults> read() {
    Map<Family, PublishedResults> table = new EnumMap<>(Family.class);
    try (InputStream in = PublishedResults.class.getResourceAsStream("published-results.tsv");
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      lines
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split("\t"))
          .forEach(
              cells ->
                  table.put(
                      Family.valueOf(cells[0].toUpperCase(Locale.ROOT)),
                      new PublishedResults(
                          Integer.parseInt(cells[1]),
                          Integer.parseInt(cells[2]),
                          Double.parseDouble(cells[3]),
                          Double.parseDouble(cells[4]))));
      return table;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
