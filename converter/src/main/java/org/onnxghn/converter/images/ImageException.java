package org.onnxghn.converter.images;

import org.onnxghn.onnx.OnnxGhnException;

/** A data set is refused. Codes OG-420 to OG-429. */
public final class ImageException extends OnnxGhnException {
  /** There is no data set of a known form at the path, or not the split asked for. */
  static final String NO_DATA_SET = "OG-420";

  /** A file of the data set cannot be read, or is not what its name says. */
  static final String UNREADABLE = "OG-421";

  /** Not one image of the data set can be used. */
  static final String NO_IMAGES = "OG-422";

  /** The cache of decoded images cannot be written. */
  static final String CACHE = "OG-423";

  /** The data set is larger than what is supported, or the image size asked for is. */
  public static final String TOO_LARGE = "OG-424";

  /** Mean and standard deviation do not fit the images. */
  static final String NORMALISATION = "OG-425";

  /** See {@link OnnxGhnException}. */
  public ImageException(String code, String message, String fix) {
    this(code, message, fix, null);
  }

  /** See {@link OnnxGhnException}. */
  public ImageException(String code, String message, String fix, Throwable cause) {
    super(code, message, fix, cause);
  }
}
