package org.onnxghn.converter.cli;

import picocli.CommandLine.Command;

@Command(name = "inspect")
final class InspectCommand implements CliCommand {
  @Override
  public Integer call() {
    return 0;
  }
}
