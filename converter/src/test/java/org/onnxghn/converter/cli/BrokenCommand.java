package org.onnxghn.converter.cli;

import ai.djl.engine.EngineException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A command of another module, found by ServiceLoader, with bugs to choose from. */
@Command(name = "broken", hidden = true)
public final class BrokenCommand implements CliCommand {
  @Parameters private String kind;

  @Option(names = "--json")
  private boolean json;

  @Override
  public boolean isJson() {
    return json;
  }

  @Override
  public Integer call() {
    switch (kind) {
      case "exception" -> throw new IllegalStateException("inside");
      case "stack" -> throw new StackOverflowError("deep");
      case "native" ->
          throw new EngineException("DefaultCPUAllocator: can't allocate memory: 8 bytes");
      case "memory" -> throw new OutOfMemoryError("heap");
      case "deep" -> {
        return 40 + depth(100_000) / 100_000;
      }
      case "link" -> throw new UnsatisfiedLinkError("native");
      default -> {
        return 1;
      }
    }
  }

  /** Of recursion, as that of ONNX Runtime and PyTorch. */
  private static int depth(int more) {
    return more == 0 ? 0 : 1 + depth(more - 1);
  }
}
