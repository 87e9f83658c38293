package org.onnxghn.converter.images;

import java.util.List;

/** A data set as its files have it: images of any size, each labelled. */
interface ImageSource {
  /** Number of images, bad ones included. */
  int size();

  List<String> classNames();

  int label(int index);

  /** How the image is named to the user. */
  String name(int index);

  /**
   * Decodes an image; may be called by several threads.
   *
   * @throws BadImageException when this image cannot be used
   */
  RawImage read(int index) throws BadImageException;

  /**
   * Whether all images have this form as they are and reading is so cheap that nothing needs to be
   * kept.
   */
  boolean isReady(ImageSpec spec);

  /**
   * Text that changes with the content: files, sizes and times of modification. The key of the
   * cache is made of it.
   */
  Iterable<String> fingerprint();
}
