package org.onnxghn.trainer.eval;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The tables of an evaluation, from the JSON object that it printed. */
public final class EvaluationTables {
  private EvaluationTables() {}

  /** As Markdown, with the line's end. */
  public static String markdown(JsonNode report) {
    return tables(report).stream().map(Table::markdown).collect(Collectors.joining("\n"));
  }

  /** For a terminal. */
  public static String text(JsonNode report) {
    return tables(report).stream().map(Table::text).collect(Collectors.joining("\n"));
  }

  private static List<Table> tables(JsonNode report) {
    return switch (report.path("protocol").asText()) {
      case "zero-shot" -> zeroShot(report);
      case "fine-tune", "transfer" -> fineTuned(report);
      case "diversity" -> diversity(report);
      case "variance" -> List.of(variance(report));
      case "time" -> List.of(time(report));
      default -> List.of();
    };
  }

  private static List<Table> zeroShot(JsonNode report) {
    List<List<String>> summary = new ArrayList<>();
    report
        .path("summary")
        .properties()
        .forEach(
            split -> {
              JsonNode value = split.getValue();
              summary.add(
                  List.of(
                      split.getKey(),
                      number(value.path("networks").asLong()),
                      number(report.path("data").path("images").asLong()),
                      report.path("data").path("split").asText(),
                      percent(value.path("mean")),
                      percent(value.path("std")),
                      percent(value.path("max"))));
            });
    List<List<String>> networks = new ArrayList<>();
    for (JsonNode network : report.path("networks")) {
      networks.add(
          List.of(
              network.path("name").asText(),
              number(network.path("parameters").asLong()),
              percent(network.path("zeroShot").path("top1")),
              percent(network.path("zeroShot").path("top5"))));
    }
    return List.of(
        new Table(
            "Zero-shot top-1 accuracy",
            List.of("networks of", "networks", "images", "image split", "mean %", "std %", "max %"),
            summary),
        new Table(
            "Each network", List.of("network", "parameters", "top-1 %", "top-5 %"), networks));
  }

  private static List<Table> fineTuned(JsonNode report) {
    List<List<String>> levels = new ArrayList<>();
    for (JsonNode level : report.path("summary").path("levels")) {
      levels.add(
          List.of(
              level.path("init").asText(),
              number(level.path("epochs").asDouble()),
              number(level.path("networks").asLong()),
              percent(level.path("mean")),
              percent(level.path("std")),
              percent(level.path("top10")),
              percent(level.path("max"))));
    }
    List<List<String>> pairs = new ArrayList<>();
    for (JsonNode pair : report.path("summary").path("comparisons")) {
      double share = pair.path("wins").asDouble() / Math.max(1, pair.path("networks").asInt());
      pairs.add(
          List.of(
              pair.path("init").asText() + " against " + pair.path("against").asText(),
              number(pair.path("epochs").asDouble()),
              pair.path("wins").asInt() + " of " + pair.path("networks").asInt(),
              format("%.0f", 100 * share),
              signed(pair.path("averageGain")),
              signed(pair.path("averageLoss")),
              signed(pair.path("averageDifference"))));
    }
    return List.of(
        new Table(
            "Test top-1 accuracy after training",
            List.of("start", "epochs", "networks", "mean %", "std %", "top 10 %", "max %"),
            levels),
        new Table(
            "Wins; differences in points of accuracy",
            List.of("start", "epochs", "wins", "wins %", "average gain", "average loss", "average"),
            pairs),
        each(report));
  }

  private static Table each(JsonNode report) {
    Set<String> columns = new LinkedHashSet<>();
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode network : report.path("networks")) {
      network.path("fineTuned").forEach(result -> columns.add(column(result)));
    }
    for (JsonNode network : report.path("networks")) {
      Map<String, String> cells = new LinkedHashMap<>();
      for (JsonNode result : network.path("fineTuned")) {
        cells.put(column(result), percent(result.path("top1")) + " " + rate(result));
      }
      List<String> row = new ArrayList<>();
      row.add(network.path("name").asText());
      row.add(number(network.path("parameters").asLong()));
      columns.forEach(column -> row.add(cells.getOrDefault(column, "")));
      rows.add(row);
    }
    List<String> header = new ArrayList<>(List.of("network", "trained parameters"));
    header.addAll(columns);
    return new Table("Each network: test top-1 % (chosen learning rate)", header, rows);
  }

  private static String rate(JsonNode result) {
    double rate = result.path("learningRate").asDouble();
    return rate == 0 ? "(diverged)" : "(" + number(rate) + ")";
  }

  private static String column(JsonNode result) {
    return result.path("init").asText() + ", " + number(result.path("epochs").asDouble());
  }

  private static List<Table> diversity(JsonNode report) {
    List<List<String>> sources = new ArrayList<>();
    report
        .path("summary")
        .path("sources")
        .properties()
        .forEach(
            source ->
                sources.add(
                    List.of(
                        source.getKey(),
                        number(source.getValue().path("shapes").asLong()),
                        number(source.getValue().path("pairs").asLong()),
                        distance(source.getValue().path("distance")),
                        distance(source.getValue().path("matched")))));
    return List.of(
        new Table(
            "Absolute cosine distance between weights of one shape in different networks",
            List.of("weights", "shapes", "pairs", "distance", "channels matched"),
            sources));
  }

  private static Table variance(JsonNode report) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode network : report.path("networks")) {
      network
          .path("variances")
          .properties()
          .forEach(
              source -> {
                LayerVariances layers = LayerVariances.of(source.getValue());
                rows.add(
                    List.of(
                        network.path("name").asText() + ", " + source.getKey(),
                        number(layers.values().length),
                        format("%.2e", layers.geometricMean()),
                        format("%.2e", layers.min()),
                        format("%.2e", layers.max())));
              });
    }
    return new Table(
        "Variance of the layers' activations",
        List.of("network, weights", "layers", "geometric mean", "least", "largest"),
        rows);
  }

  private static Table time(JsonNode report) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode network : report.path("networks")) {
      rows.add(
          List.of(
              network.path("name").asText(),
              number(network.path("nodes").asLong()),
              number(network.path("parameters").asLong()),
              format("%.3f", network.path("importSeconds").asDouble()),
              format("%.3f", network.path("predictSeconds").asDouble())));
    }
    return new Table(
        "Seconds to predict all parameters",
        List.of("network", "nodes", "parameters", "import s", "predict s"),
        rows);
  }

  private static String percent(JsonNode share) {
    return share.isNumber() ? format("%.2f", 100 * share.asDouble()) : "";
  }

  private static String distance(JsonNode number) {
    return number.isNumber() ? format("%.4f", number.asDouble()) : "";
  }

  private static String signed(JsonNode share) {
    return format("%+.2f", 100 * share.asDouble());
  }

  private static String number(double value) {
    return value == Math.rint(value) ? number((long) value) : Double.toString(value);
  }

  private static String number(long value) {
    return format("%,d", value);
  }

  private static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
