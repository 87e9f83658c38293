package org.onnxghn.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

class StopRequestTest {
  /** Runs until it is asked to end, then takes its time to store what it has. */
  static final class Run {
    public static void main(String[] args) throws InterruptedException {
      try (StopRequest stop = new StopRequest(null, Duration.ZERO)) {
        System.out.println("running");
        while (!stop.isRequested()) {
          Thread.sleep(10);
        }
        Thread.sleep(300);
        System.out.println(stop.isInterrupted() ? "stored" : "not asked");
      }
      Thread.sleep(300);
      System.out.println("reported");
    }
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aSignalWaitsUntilAllIsStoredAndReported() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Run.class.getName())
            .redirectErrorStream(true)
            .start();
    try (BufferedReader out = process.inputReader()) {
      assertThat(out.readLine()).isEqualTo("running");
      // Not INT: what starts in the background of a shell script ignores that.
      new ProcessBuilder("kill", "-TERM", Long.toString(process.pid())).start().waitFor();
      assertThat(out.readLine()).isEqualTo("stored");
      assertThat(out.readLine()).isEqualTo("reported");
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(143);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void timeRunsOutWithWhatEarlierPartsTook() {
    try (StopRequest stop = new StopRequest(Duration.ofHours(2), Duration.ofHours(1))) {
      assertThat(stop.isRequested()).isFalse();
      assertThat(stop.fractionOfTime()).isBetween(0.5, 0.51);
    }
    try (StopRequest stop = new StopRequest(Duration.ofHours(1), Duration.ofHours(1))) {
      assertThat(stop.isRequested()).isTrue();
      assertThat(stop.isInterrupted()).isFalse();
      assertThat(stop.fractionOfTime()).isEqualTo(1);
    }
  }
}
