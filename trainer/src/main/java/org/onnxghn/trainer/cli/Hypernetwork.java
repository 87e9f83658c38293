package org.onnxghn.trainer.cli;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.onnxghn.converter.Prediction;
import org.onnxghn.converter.cli.CheckpointOption;
import org.onnxghn.converter.report.ConversionReport.CheckpointSummary;
import org.onnxghn.ghn.Ghn;
import org.onnxghn.ghn.GhnParameters;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * The hypernetwork that is evaluated, open.
 *
 * @param summary what reports say of it
 */
record Hypernetwork(Checkpoint file, Ghn ghn, CheckpointSummary summary) implements AutoCloseable {
  /** Opens what {@code --checkpoint} names, on the CPU; none is refused. */
  static Hypernetwork open(CheckpointOption option, CommandLine command) {
    return open(option, Device.cpu(), command);
  }

  /** Opens what {@code --checkpoint} names on a device; none is refused. */
  static Hypernetwork open(CheckpointOption option, Device device, CommandLine command) {
    if (option.source() == null) {
      throw new ParameterException(command, "--checkpoint none: there is nothing to evaluate");
    }
    Checkpoint file = option.source().open();
    try {
      Ghn ghn =
          device.equals(Device.cpu())
              ? Ghn.of(file)
              : Ghn.of(GhnParameters.copy(file, DataType.FLOAT32, device));
      return new Hypernetwork(file, ghn, Prediction.summary(file));
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** What it was trained with: hashes of files, and identities of DeepNets. */
  Set<String> trainedWith() {
    String stored = file.provenance().getOrDefault("training.architectures", "");
    return Arrays.stream(stored.split(","))
        .filter(list -> !list.isEmpty())
        .collect(Collectors.toSet());
  }

  @Override
  public void close() {
    ghn.close();
    file.close();
  }
}
