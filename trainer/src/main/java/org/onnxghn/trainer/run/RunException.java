package org.onnxghn.trainer.run;

import org.onnxghn.onnx.OnnxGhnException;

/** A run cannot begin, go on, or store what it has. */
public final class RunException extends OnnxGhnException {
  /** The run folder holds a run, or is used by another process. */
  public static final String FOLDER_IN_USE = "OG-510";

  /** There is nothing to resume. */
  public static final String NOTHING_TO_RESUME = "OG-511";

  /** A stored state does not fit the run that it is to continue. */
  public static final String STATE_MISFIT = "OG-513";

  /** A file of the run folder cannot be read or written. */
  public static final String FILE = "OG-514";

  /** The run was asked to end before its end. */
  public static final String INTERRUPTED = "OG-515";

  /** What is wrong, and what to do. */
  public RunException(String code, String message, String fix) {
    super(code, message, fix, null);
  }

  RunException(String code, String message, String fix, Throwable cause) {
    super(code, message, fix, cause);
  }
}
