package org.onnxghn.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.ghn.checkpoint.CheckpointException;
import org.w3c.dom.Document;

class RunFolderTest {
  @TempDir private Path folder;

  @Test
  void oneRunAtATime() {
    try (RunFolder first = RunFolder.create(folder)) {
      assertThatThrownBy(() -> RunFolder.create(folder))
          .isInstanceOf(RunException.class)
          .hasMessageContaining("used by another run");
      assertThat(first.file("x")).isEqualTo(folder.resolve("x"));
    }
    RunFolder.create(folder).close();
    assertThatThrownBy(() -> RunFolder.open(folder)).hasMessageContaining("holds no state");
  }

  /** Who opened the lock's file before a run ended and locks it now has what the next asks for. */
  @Test
  void theLocksFileStaysWhenARunEnds() throws IOException {
    Path lock = folder.resolve("run.lock");
    RunFolder first = RunFolder.create(folder);
    try (FileChannel waiting = FileChannel.open(lock, StandardOpenOption.WRITE)) {
      first.close();
      assertThat(lock).exists();
      assertThat(waiting.tryLock()).isNotNull();
      assertThatThrownBy(() -> RunFolder.create(folder))
          .isInstanceOf(RunException.class)
          .hasMessageContaining("used by another run");
    }
    try (RunFolder second = RunFolder.create(folder)) {
      assertThat(second.file("run.lock")).isEqualTo(lock).exists();
    }
    assertThat(lock).exists();
  }

  @Test
  void refusesAFolderWithARun() throws IOException {
    Files.writeString(folder.resolve(MetricsLog.FILE), "{}");
    assertThatThrownBy(() -> RunFolder.create(folder)).hasMessageContaining("holds a run");
    // The refusal lets the folder go.
    Files.delete(folder.resolve(MetricsLog.FILE));
    RunFolder.create(folder).close();
  }

  /** A folder from elsewhere may have links to files of the user where a run writes its own. */
  @Test
  void followsNoLinks() throws IOException {
    Path victim = Files.writeString(folder.resolve("victim"), "mine");
    Path place = Files.createDirectory(folder.resolve("run"));
    Path nowhere = folder.resolve("nowhere");
    Files.createSymbolicLink(place.resolve("run.lock"), nowhere);
    refused(() -> RunFolder.create(place));
    Files.delete(place.resolve("run.lock"));
    try (RunFolder run = RunFolder.create(place)) {
      Files.createSymbolicLink(place.resolve(MetricsLog.FILE), nowhere);
      refused(() -> MetricsLog.open(run, 0));
      Files.delete(place.resolve(MetricsLog.FILE));
      try (MetricsLog log = MetricsLog.open(run, 0)) {
        log.append(Map.of("step", 1, "loss", 2.0));
        log.append(Map.of("step", 2, "loss", 1.0));
      }
      List<Curves.Curve> loss = List.of(new Curves.Curve("loss", "loss", false));
      Files.createSymbolicLink(place.resolve("curves.png"), victim);
      refused(() -> Curves.write(run, "curves", "a run", "loss", loss));
      Files.delete(place.resolve("curves.png"));
      Files.delete(place.resolve("curves.svg"));
      Files.createLink(place.resolve("curves.svg"), victim);
      Curves.write(run, "curves", "a run", "loss", loss);
      assertThat(run.file("curves.svg")).content().contains("<svg");
    }
    assertThat(victim).hasContent("mine");
    assertThat(nowhere).doesNotExist();
  }

  private static void refused(ThrowableAssert.ThrowingCallable work) {
    assertThatThrownBy(work)
        .isInstanceOfSatisfying(
            RunException.class, e -> assertThat(e.code()).isEqualTo(RunException.FILE))
        .hasMessageContaining("is a link");
  }

  @Test
  void stateComesBackBitForBit() {
    Path file = folder.resolve(RunFolder.STATE);
    float[] values = {1e-42f, -0f, Float.NaN, Float.POSITIVE_INFINITY, 0.1f, 3};
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray tensor = manager.create(values, new Shape(2, 3));
      NDArray scalar = manager.create(7f);
      TrainingState.write(
          file,
          Map.of("p/weight", tensor, "p/scalar", scalar),
          Map.of("step", "12", "best", Double.toString(0.1)));
      TrainingState state = TrainingState.read(file);
      assertThat(state.number("step")).isEqualTo(12);
      assertThat(state.decimal("best")).isEqualTo(0.1);
      assertThatThrownBy(() -> state.value("epoch")).hasMessageContaining("epoch");
      Map<String, NDArray> back = state.tensors("p/", manager);
      assertThat(back.get("weight").toFloatArray()).containsExactly(values);
      assertThat(back.get("scalar").getShape()).isEqualTo(new Shape());
      NDArray live = manager.zeros(new Shape(2, 3));
      state.copyTo("p/", Map.of("weight", live));
      assertThat(live.toFloatArray()).containsExactly(values);
      assertThatThrownBy(() -> state.copyTo("p/", Map.of("scalar", live)))
          .isInstanceOf(RunException.class)
          .hasMessageContaining("another shape");
    }
  }

  @Test
  void whatIsCountedIsNotBelowZero() {
    Path file = folder.resolve(RunFolder.STATE);
    try (NDManager manager = NDManager.newBaseManager()) {
      TrainingState.write(
          file,
          Map.of("w", manager.ones(new Shape(2))),
          Map.of("step", "0", "epoch", "-1", "batch", "1e5"));
    }
    TrainingState state = TrainingState.read(file);
    assertThat(state.count("step")).isZero();
    assertThat(state.number("epoch")).isEqualTo(-1);
    for (String wrong : List.of("epoch", "batch", "absent")) {
      assertThatThrownBy(() -> state.count(wrong))
          .isInstanceOfSatisfying(
              RunException.class, e -> assertThat(e.code()).isEqualTo(RunException.STATE_MISFIT))
          .hasMessageContaining("\"" + wrong + "\"");
    }
  }

  @Test
  void refusesDamagedStates() throws IOException {
    Path file = folder.resolve(RunFolder.STATE);
    try (NDManager manager = NDManager.newBaseManager()) {
      TrainingState.write(file, Map.of("w", manager.ones(new Shape(100))), Map.of());
    }
    byte[] whole = Files.readAllBytes(file);
    for (int length : List.of(0, 5, 40, whole.length - 1)) {
      Files.write(file, java.util.Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> TrainingState.read(file)).isInstanceOf(CheckpointException.class);
    }
  }

  @Test
  void metricsAfterTheStateAreWrittenAgain() throws IOException {
    Path file = folder.resolve(MetricsLog.FILE);
    Files.writeString(file, "{\"step\":1}\n{\"step\":2,\"loss\":0.5}\n{\"step\":3}\n{\"ste");
    try (RunFolder run = RunFolder.create(Files.createDirectory(folder.resolve("new")))) {
      Files.move(file, run.file(MetricsLog.FILE));
      try (MetricsLog log = MetricsLog.open(run, 2)) {
        log.append(Map.of("step", 3, "loss", Double.NaN));
      }
      assertThat(Files.readAllLines(run.file(MetricsLog.FILE)).subList(0, 2))
          .containsExactly("{\"step\":1}", "{\"step\":2,\"loss\":0.5}");
      assertThat(MetricsLog.read(run.file(MetricsLog.FILE)).get(2).get("loss").isNull()).isTrue();
    }
  }

  @Test
  void drawsCurves() throws Exception {
    try (RunFolder run = RunFolder.create(folder)) {
      try (MetricsLog log = MetricsLog.open(run, 0)) {
        for (int step = 1; step <= 40; step++) {
          log.append(Map.of("step", step, "loss", 2.3 * Math.exp(-step / 20.0)));
          if (step % 10 == 0) {
            log.append(Map.of("step", step, "valTop1", step / 50.0));
          }
        }
      }
      Curves.write(
          run,
          "curves",
          "a run",
          "loss",
          List.of(
              new Curves.Curve("training loss", "loss", false),
              new Curves.Curve("validation accuracy", "valTop1", true),
              new Curves.Curve("nothing", "absent", false)));
      assertThat(ImageIO.read(run.file("curves.png").toFile()).getWidth()).isEqualTo(900);
      DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
      factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
      Document svg = factory.newDocumentBuilder().parse(run.file("curves.svg").toFile());
      assertThat(svg.getDocumentElement().getTagName()).isEqualTo("svg");
    }
  }
}
