package org.onnxghn.converter.images;

/**
 * Counts the scans of a JPEG file without decoding it. A decoder goes over all pixels for each, and
 * a small file can repeat a scan as often as it likes.
 */
final class JpegScans {
  /** Of one image: more than ten times as many as progressive files have. */
  static final int MOST = 100;

  private static final int END_OF_IMAGE = 0xd9;
  private static final int START_OF_SCAN = 0xda;

  private JpegScans() {}

  /** Up to the end of the image: cameras put other things behind it. */
  static int count(byte[] file) {
    int scans = 0;
    int at = 2;
    while (at + 3 < file.length) {
      int marker = file[at + 1] & 0xff;
      if ((file[at] & 0xff) != 0xff || !hasLength(marker)) {
        // Pixels, or markers among them.
        at++;
      } else if (marker == END_OF_IMAGE) {
        return scans;
      } else {
        scans += marker == START_OF_SCAN ? 1 : 0;
        at += 2 + ((file[at + 2] & 0xff) << 8 | file[at + 3] & 0xff);
      }
    }
    return scans;
  }

  /** Not 0 (a byte of pixels), 1, restarts, the start of an image, and a byte that fills. */
  private static boolean hasLength(int marker) {
    return marker > 1 && marker != 0xff && (marker < 0xd0 || marker > 0xd8);
  }
}
