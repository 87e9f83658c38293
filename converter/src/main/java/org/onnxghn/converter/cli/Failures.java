package org.onnxghn.converter.cli;

import java.io.PrintWriter;
import java.util.List;
import org.onnxghn.converter.Codes;
import org.onnxghn.converter.ConversionException;
import org.onnxghn.converter.check.CheckCodes;
import org.onnxghn.converter.report.Escape;
import org.onnxghn.converter.report.JsonOutput;
import org.onnxghn.ghn.GhnException;
import org.onnxghn.ghn.NativeMemory;
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
  static int usage(ParameterException failure, String[] given) {
    CommandLine command = failure.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("onnx-ghn: " + Escape.message(failure.getMessage()));
    UnmatchedArgumentException.printSuggestions(failure, err);
    if (command.getSubcommands().isEmpty()) {
      err.println("    See `" + command.getCommandSpec().qualifiedName() + " --help`.");
    } else {
      command.usage(err);
    }
    if (wantsJson(List.of(given)) && command.getCommand() instanceof CliCommand cli) {
      printError(
          command,
          cli,
          Codes.OPTION,
          failure.getMessage(),
          "See " + command.getCommandSpec().qualifiedName() + " --help.");
    }
    return REFUSED;
  }

  /** As far as can be told of arguments that are wrong. */
  private static boolean wantsJson(List<String> given) {
    int format = given.indexOf("--format");
    return given.contains("--json")
        || given.contains("--format=json")
        || format >= 0 && format + 1 < given.size() && given.get(format + 1).equals("json");
  }

  private static void printError(
      CommandLine command, CliCommand cli, String code, String message, String fix) {
    String qualified = command.getCommandSpec().qualifiedName();
    String words = qualified.substring(qualified.indexOf(' ') + 1);
    command.getOut().println(JsonOutput.error(cli.jsonName(words), code, message, fix));
  }

  /** Refusals say what to do; anything else is a bug. */
  static int report(Throwable failure, CommandLine command) {
    GhnException shortage = NativeMemory.shortage(failure);
    if (shortage != null) {
      return report(shortage, command);
    }
    if (!(failure instanceof OnnxGhnException refusal)) {
      bug(failure, command);
      if (command.getCommand() instanceof CliCommand cli && cli.isJson()) {
        printError(
            command,
            cli,
            CheckCodes.BUG,
            String.valueOf(failure),
            "Please report this bug of ours.");
      }
      return BUG;
    }
    PrintWriter err = command.getErr();
    err.println("onnx-ghn: " + refusal.code() + ": " + Escape.message(refusal.getMessage()));
    if (refusal.fix() != null) {
      err.println("    " + Escape.message(refusal.fix()));
    }
    if (command.getCommand() instanceof CliCommand cli && cli.isJson()) {
      printError(command, cli, refusal.code(), refusal.getMessage(), refusal.fix());
    }
    return REFUSED;
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
