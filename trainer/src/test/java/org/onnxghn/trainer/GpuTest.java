package org.onnxghn.trainer;

import ai.djl.engine.Engine;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** A test of the group gpu ({@code mvn -Pgpu verify}); skipped where PyTorch sees no GPU. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Test
@Tag("gpu")
@EnabledIf("org.onnxghn.trainer.GpuTest$Gpus#areThere")
public @interface GpuTest {
  /** Asks PyTorch. */
  final class Gpus {
    private Gpus() {}

    static boolean areThere() {
      return Engine.getEngine("PyTorch").getGpuCount() > 0;
    }
  }
}
