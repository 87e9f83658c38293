package org.onnxghn.converter.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ServiceLoader;
import org.onnxghn.converter.report.Version;
import org.onnxghn.converter.runtime.DeepStack;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The command {@code onnx-ghn}. */
@Command(
    name = "onnx-ghn",
    mixinStandardHelpOptions = true,
    versionProvider = Main.VersionText.class,
    description = "Predicts the parameters of any ONNX model with a graph hypernetwork (GHN-3).",
    subcommands = {
      ConvertCommand.class,
      RecalibrateCommand.class,
      AccuracyCommand.class,
      CheckCommand.class,
      InspectCommand.class,
      CheckpointCommand.class,
      CompletionCommand.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  onnx-ghn convert model.onnx -o init.onnx",
      "  onnx-ghn convert model.onnx -o init.onnx --checkpoint ghn3-t.safetensors",
      "  onnx-ghn checkpoint import ghn3tm8.pt -o ghn3-t.safetensors",
      "  onnx-ghn help convert",
      "",
      "Exit codes: 0 done, 1 findings at or above the threshold, 2 wrong usage or bad input,",
      "3 a bug of ours, 130 interrupted by Ctrl-C, 143 ended by SIGTERM."
    })
public final class Main implements Runnable {
  /** Of help texts: a broken example cannot be copied. */
  private static final int WIDTH = 100;

  @Spec private CommandSpec spec;

  private Main() {}

  /** Runs the command and exits with its code. */
  public static void main(String[] args) throws InterruptedException {
    int[] code = {Failures.BUG};
    Thread command = DeepStack.thread(() -> code[0] = run(args), "onnx-ghn");
    try {
      command.start();
      command.join();
    } catch (OutOfMemoryError e) {
      // No address space for such a stack (ulimit -v): most models do with the one that is there.
      command.run();
    }
    System.exit(code[0]);
  }

  private static int run(String[] args) {
    // UTF-8 whatever the locale says: names in models are UTF-8.
    PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    int code = run(args, out, err);
    if (out.checkError() && code == 0) {
      err.println("onnx-ghn: the output could not be written to the end");
      return Failures.REFUSED;
    }
    return code;
  }

  /**
   * Runs the command in this JVM.
   *
   * @return the exit code
   */
  public static int run(String[] args, PrintWriter out, PrintWriter err) {
    CommandLine commandLine = new CommandLine(new Main()).setOut(out).setErr(err);
    try {
      ServiceLoader.load(CliCommand.class).forEach(commandLine::addSubcommand);
      return commandLine
          .addSubcommand(new HelpCommand())
          .setOut(out)
          .setErr(err)
          .setUsageHelpWidth(WIDTH)
          .setCaseInsensitiveEnumValuesAllowed(true)
          .setParameterExceptionHandler(Failures::usage)
          .setExecutionExceptionHandler((e, failed, parsed) -> Failures.report(e, failed))
          .execute(args);
    } catch (OutOfMemoryError e) {
      return Failures.outOfMemory(running(commandLine));
    } catch (Error e) {
      // picocli handles exceptions only; a stack overflow or a missing native library is a bug too.
      return Failures.report(e, running(commandLine));
    } finally {
      out.flush();
      err.flush();
    }
  }

  /** The subcommand that was parsed, which knows whether stdout gets JSON. */
  private static CommandLine running(CommandLine main) {
    ParseResult parsed = main.getParseResult();
    while (parsed != null && parsed.hasSubcommand()) {
      parsed = parsed.subcommand();
    }
    return parsed == null ? main : parsed.commandSpec().commandLine();
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }

  /** What {@code --version} prints. */
  static final class VersionText implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"onnx-ghn " + Version.get()};
    }
  }
}
