package org.onnxghn.ghn.checkpoint;

import org.onnxghn.onnx.OnnxGhnException;

/** A checkpoint file is refused, or cannot be read or written. Codes OG-310 to OG-349. */
public final class CheckpointException extends OnnxGhnException {
  /** The file cannot be read or written. */
  public static final String IO = "OG-310";

  /** The first bytes are of no known checkpoint form. */
  public static final String UNKNOWN_FORMAT = "OG-311";

  /** A compression that is not supported. */
  public static final String COMPRESSION = "OG-312";

  /** The file ends before what it announces, or its bytes contradict each other. */
  public static final String DAMAGED = "OG-313";

  /** A size or count is over its limit. */
  public static final String LIMIT = "OG-314";

  /** The safetensors header breaks the format's rules. */
  public static final String SAFETENSORS = "OG-315";

  /** A tensor that the configuration needs is not in the file. */
  public static final String TENSOR_MISSING = "OG-316";

  /** The file has a tensor that the configuration does not have, or has it twice. */
  public static final String TENSOR_UNEXPECTED = "OG-317";

  /** A tensor's shape is not what the configuration asks for. */
  public static final String TENSOR_SHAPE = "OG-318";

  /** A tensor's element type is not a floating-point type that is supported. */
  public static final String TENSOR_TYPE = "OG-319";

  /** A pickle names a class or function that is not on the allow-list; nothing was executed. */
  public static final String PICKLE_GLOBAL = "OG-320";

  /** A pickle has an instruction that is not on the allow-list; nothing was executed. */
  public static final String PICKLE_OPCODE = "OG-321";

  /** A pickle is malformed, or uses a permitted object in a way that checkpoints do not. */
  public static final String PICKLE = "OG-322";

  /** A zip archive is malformed, or not one that torch.save writes. */
  public static final String ZIP = "OG-323";

  /** A tensor reaches outside its storage. */
  public static final String STORAGE = "OG-324";

  /** The configuration is neither stored nor can it be inferred, or contradicts the tensors. */
  public static final String CONFIG = "OG-325";

  /** A value does not fit in the element type that is written. */
  public static final String RANGE = "OG-326";

  /** A tensor with this name does not exist in the checkpoint. */
  public static final String NO_SUCH_TENSOR = "OG-327";

  /** This build has no embedded checkpoint. */
  public static final String NOT_EMBEDDED = "OG-328";

  CheckpointException(String code, String message, String fix) {
    this(code, message, fix, null);
  }

  CheckpointException(String code, String message, String fix, Throwable cause) {
    super(code, message, fix, cause);
  }
}
