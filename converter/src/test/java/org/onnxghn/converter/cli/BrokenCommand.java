package org.onnxghn.converter.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** A command of another module, found by ServiceLoader, with bugs to choose from. */
@Command(name = "broken", hidden = true)
public final class BrokenCommand implements CliCommand {
  @Parameters private String kind;

  @Override
  public Integer call() {
    switch (kind) {
      case "exception" -> throw new IllegalStateException("inside");
      case "stack" -> throw new StackOverflowError("deep");
      case "memory" -> throw new OutOfMemoryError("heap");
      case "link" -> throw new UnsatisfiedLinkError("native");
      default -> {
        return 1;
      }
    }
  }
}
