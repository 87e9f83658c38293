package org.onnxghn.onnx;

/** The codes of {@link OnnxException}, OG-100 to OG-149; the README lists them. */
final class OnnxCodes {
  /** The file cannot be opened or read. */
  static final String UNREADABLE = "OG-100";

  /** The file is larger than the limit, or than protobuf's 2 GB. */
  static final String FILE_TOO_LARGE = "OG-101";

  /** The bytes are not an ONNX protobuf, or damaged. */
  static final String NOT_ONNX = "OG-102";

  /** More nodes, attributes or nesting, longer names or a higher rank than the limits allow. */
  static final String OVER_LIMIT = "OG-103";

  /** The model has no graph, no outputs, or a nameless input or output. */
  static final String INCOMPLETE = "OG-104";

  /** The IR version or an operator set version is missing, not positive or not plausible. */
  static final String VERSION = "OG-105";

  /** A tensor's dimensions are negative or overflow. */
  static final String SHAPE = "OG-106";

  /** A tensor's data do not fit its shape and type. */
  static final String DATA = "OG-107";

  /** A name is defined twice. */
  static final String DUPLICATE = "OG-108";

  /** A name is used that nothing defines. */
  static final String UNDEFINED = "OG-109";

  /** The nodes form a cycle, or the calls of functions do. */
  static final String CYCLE = "OG-110";

  /** A node has no operator. */
  static final String NO_OPERATOR = "OG-111";

  /** A node's inputs or attributes are against its operator's definition. */
  static final String OPERATOR = "OG-112";

  /** External data would lie outside the model's folder. */
  static final String EXTERNAL_PATH = "OG-120";

  /** The file of external data is missing or cannot be read. */
  static final String EXTERNAL_MISSING = "OG-121";

  /** Offset or length of external data do not fit the file or the shape. */
  static final String EXTERNAL_RANGE = "OG-122";

  /** A model in memory has external data, which needs a folder. */
  static final String EXTERNAL_IN_MEMORY = "OG-123";

  /** The tensor's values cannot be read in the type asked for. */
  static final String NOT_READABLE = "OG-130";

  /** The tensor has too many elements for one array. */
  static final String TENSOR_TOO_LARGE = "OG-131";

  /** No tensor of the model has the name of a parameter to set. */
  static final String NO_SUCH_PARAMETER = "OG-132";

  /** The values of a parameter do not fit its shape or type. */
  static final String WRONG_VALUES = "OG-133";

  /** The output is a file of the input. */
  static final String OUTPUT_IS_INPUT = "OG-140";

  /** The output cannot be written. */
  static final String UNWRITABLE = "OG-141";

  /** The output exceeds 2 GB even with external data. */
  static final String OUTPUT_TOO_LARGE = "OG-142";

  private OnnxCodes() {}

  /** A name in quotes for a message, as stored, cut after 200 characters. */
  static String quote(String name) {
    return name.length() <= 200
        ? '"' + name + '"'
        : '"' + name.substring(0, 200) + "…\" (" + name.length() + " characters)";
  }
}
