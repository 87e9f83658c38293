package org.onnxghn.converter.images;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Decodes JPEG and PNG with the JDK, to the samples as stored: embedded colour profiles and
 * transparency are ignored, 16-bit samples lose their low byte (as Pillow and torchvision do).
 */
final class ImageDecoder {
  /** Of one file. */
  static final int MAX_FILE_BYTES = 1 << 26;

  /** Of one image: a 5792 x 5792 photograph. */
  static final long MAX_PIXELS = 1L << 25;

  private static final long MANY_PIXELS = 1L << 22;

  /** Large images are decoded two at a time, whatever the number of threads, to bound memory. */
  private static final Semaphore LARGE = new Semaphore(2);

  private ImageDecoder() {}

  /**
   * @param file content of a JPEG or PNG file
   * @throws BadImageException for anything that is not a whole image within the limits
   */
  static RawImage decode(byte[] file) throws BadImageException {
    String format = format(file);
    if (format.equals("jpeg") && JpegScans.count(file) > JpegScans.MOST) {
      throw new BadImageException("more than " + JpegScans.MOST + " scans");
    }
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format);
    if (!readers.hasNext()) {
      throw new BadImageException("this Java runtime cannot read " + format);
    }
    ImageReader reader = readers.next();
    String[] damage = new String[1];
    reader.addIIOReadWarningListener(
        (source, warning) -> {
          String text = warning.toLowerCase(Locale.ROOT);
          // Other warnings, such as on a colour profile, leave the pixels as they are.
          if (text.contains("premature end") || text.contains("truncated")) {
            damage[0] = warning;
          }
        });
    try (ImageInputStream stream =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      reader.setInput(stream, true, true);
      RawImage image = read(reader);
      if (damage[0] != null) {
        throw new BadImageException("the file is cut off (" + damage[0] + ")");
      }
      return image;
    } catch (IOException | RuntimeException e) {
      // The JDK's readers answer hostile files with all kinds of runtime exceptions.
      String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw new BadImageException("damaged " + format + ": " + reason, e);
    } finally {
      reader.dispose();
    }
  }

  private static String format(byte[] file) throws BadImageException {
    if (file.length > 3 && (file[0] & 0xff) == 0xff && (file[1] & 0xff) == 0xd8) {
      return "jpeg";
    }
    if (file.length > 8 && (file[0] & 0xff) == 0x89 && file[1] == 'P' && file[2] == 'N') {
      return "png";
    }
    throw new BadImageException(file.length == 0 ? "the file is empty" : "neither JPEG nor PNG");
  }

  private static RawImage read(ImageReader reader) throws IOException, BadImageException {
    long width = reader.getWidth(0);
    long height = reader.getHeight(0);
    if (width < 1 || height < 1 || width * height > MAX_PIXELS) {
      throw new BadImageException(
          "%d x %d pixels; the limit is %d".formatted(width, height, MAX_PIXELS));
    }
    if (width * height <= MANY_PIXELS) {
      return planes(reader.read(0));
    }
    LARGE.acquireUninterruptibly();
    try {
      return planes(reader.read(0));
    } finally {
      LARGE.release();
    }
  }

  private static RawImage planes(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    int pixels = width * height;
    Raster raster = image.getRaster();
    if (image.getColorModel() instanceof IndexColorModel) {
      return palette(image);
    }
    int channels = raster.getNumBands() < 3 ? 1 : 3;
    int shift = Math.max(0, raster.getSampleModel().getSampleSize(0) - 8);
    byte[] planes = new byte[channels * pixels];
    int[] line = new int[width];
    for (int channel = 0; channel < channels; channel++) {
      for (int row = 0; row < height; row++) {
        raster.getSamples(0, row, width, 1, channel, line);
        int to = channel * pixels + row * width;
        for (int column = 0; column < width; column++) {
          planes[to + column] = (byte) (line[column] >> shift);
        }
      }
    }
    return new RawImage(planes, channels, height, width);
  }

  private static RawImage palette(BufferedImage image) {
    int width = image.getWidth();
    int pixels = width * image.getHeight();
    byte[] planes = new byte[3 * pixels];
    int[] line = new int[width];
    for (int row = 0; row < image.getHeight(); row++) {
      image.getRGB(0, row, width, 1, line, 0, width);
      for (int column = 0; column < width; column++) {
        int to = row * width + column;
        planes[to] = (byte) (line[column] >> 16);
        planes[pixels + to] = (byte) (line[column] >> 8);
        planes[2 * pixels + to] = (byte) line[column];
      }
    }
    return new RawImage(planes, 3, image.getHeight(), width);
  }
}
