package org.onnxghn.trainer.cli;

import org.onnxghn.converter.Prediction;
import org.onnxghn.converter.cli.CheckpointOption;
import org.onnxghn.converter.report.ConversionReport.CheckpointSummary;
import org.onnxghn.ghn.Ghn;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * The hypernetwork that is evaluated, open.
 *
 * @param summary what reports say of it
 */
record Hypernetwork(Checkpoint file, Ghn ghn, CheckpointSummary summary) implements AutoCloseable {
  /** Opens what {@code --checkpoint} names; none is refused. */
  static Hypernetwork open(CheckpointOption option, CommandLine command) {
    if (option.source() == null) {
      throw new ParameterException(command, "--checkpoint none: there is nothing to evaluate");
    }
    Checkpoint file = option.source().open();
    try {
      return new Hypernetwork(file, Ghn.of(file), Prediction.summary(file));
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  @Override
  public void close() {
    ghn.close();
    file.close();
  }
}
