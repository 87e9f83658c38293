package org.onnxghn.converter.cli;

import ai.djl.engine.EngineException;
import java.io.PrintWriter;
import org.onnxghn.converter.ConversionException;
import org.onnxghn.converter.report.Escape;
import org.onnxghn.converter.report.JsonOutput;
import org.onnxghn.onnx.OnnxGhnException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What a command that fails prints, and its exit code. */
final class Failures {
  /** Wrong usage or bad input. */
  static final int REFUSED = 2;

  /** A bug of ours. */
  static final int BUG = 3;

  private Failures() {}

  /** What is wrong with the call, in a few lines: the whole help would push it off the screen. */
  static int usage(ParameterException failure) {
    CommandLine command = failure.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("onnx-ghn: " + Escape.message(failure.getMessage()));
    UnmatchedArgumentException.printSuggestions(failure, err);
    if (command.getSubcommands().isEmpty()) {
      err.println("    See `" + command.getCommandSpec().qualifiedName() + " --help`.");
    } else {
      command.usage(err);
    }
    return REFUSED;
  }

  /** Refusals say what to do; anything else is a bug. */
  static int report(Throwable failure, CommandLine command) {
    if (failure instanceof EngineException && isShortOfMemory(failure)) {
      return report(ConversionException.outOfNativeMemory(failure), command);
    }
    if (!(failure instanceof OnnxGhnException refusal)) {
      return bug(failure, command);
    }
    PrintWriter err = command.getErr();
    err.println("onnx-ghn: " + refusal.code() + ": " + Escape.message(refusal.getMessage()));
    if (refusal.fix() != null) {
      err.println("    " + Escape.message(refusal.fix()));
    }
    if (command.getCommand() instanceof CliCommand cli && cli.isJson()) {
      String qualified = command.getCommandSpec().qualifiedName();
      String words = qualified.substring(qualified.indexOf(' ') + 1);
      command
          .getOut()
          .println(
              JsonOutput.error(
                  cli.jsonName(words), refusal.code(), refusal.getMessage(), refusal.fix()));
    }
    return REFUSED;
  }

  /** PyTorch has one class for all that it throws: its words tell. */
  private static boolean isShortOfMemory(Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    return message.contains("can't allocate memory") || message.contains("out of memory");
  }

  /** With the stack trace that a report needs. */
  static int bug(Throwable failure, CommandLine command) {
    PrintWriter err = command.getErr();
    failure.printStackTrace(err);
    err.println();
    err.println(
        "onnx-ghn: this is a bug of ours, please report it with the stack trace above"
            + " and, if you can, the model.");
    return BUG;
  }

  /** The model needs more memory than the JVM has: nothing of it is damaged, and no bug. */
  static int outOfMemory(CommandLine command) {
    return report(ConversionException.outOfMemory(), command);
  }
}
