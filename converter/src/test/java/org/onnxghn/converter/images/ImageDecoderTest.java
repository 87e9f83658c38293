package org.onnxghn.converter.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.onnxghn.SharedImages;

/** Files written by Pillow 9.4; expected is what Pillow reads from them. */
class ImageDecoderTest {
  static final String GREY_JPEG =
      "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsL"
          + "EBYQERMUFRUVDA8XGBYUGBIUFRT/wAALCAAQABABAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL"
          + "/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRol"
          + "JicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWm"
          + "p6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/APlv9m3R"
          + "P+PX5fSv1A+DV9pfgbwrf+JNbuPsWi6PZS6hfXPltJ5MESGSR9qAs2FUnCgk44BNfn/+zbon/Hr8vpX2X8ftavvA"
          + "H7FnxM1PT4Lea4n0yPSmW5VmURXk8VnKwCkHcI7hypzgMFJBGQf/2Q==";

  static final String RGBA_PNG =
      "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABCAYAAAAb4BS0AAAAFUlEQVR4nGPgEpFjSMmraDhx6c5/ABZMBXwgI/0WAAAA"
          + "AElFTkSuQmCC";

  private static int[] unsigned(byte[] bytes) {
    int[] values = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      values[i] = bytes[i] & 0xff;
    }
    return values;
  }

  @ParameterizedTest
  @CsvSource({
    "grey, iVBORw0KGgoAAAANSUhEUgAAAAQAAAACCAAAAABawyK/AAAAEklEQVR4nGNk4IqSYTjx6z8zAAuRA0YQL9nzAAAAAElFTkSuQmCC, 0 10 100 128 200 250 255 3",
    "grey-alpha, iVBORw0KGgoAAAANSUhEUgAAAAMAAAABCAQAAACx6dw/AAAAD0lEQVR4nGPgYkhpOPEfAAXiArZdm8ImAAAAAElFTkSuQmCC, 10 100 200",
    "colour-alpha, " + RGBA_PNG + ", 10 100 200 20 110 210 30 120 220",
    "palette, iVBORw0KGgoAAAANSUhEUgAAAAMAAAABAgMAAABmjvwnAAAACVBMVEUBAgMoMjz6gAdwgjApAAAACklEQVR4nGOQAAAAGgAZLYj0NgAAAABJRU5ErkJggg==, 1 40 250 2 50 128 3 60 7",
    "bits, iVBORw0KGgoAAAANSUhEUgAAAAQAAAABAQAAAADRRzJgAAAACklEQVR4nGNIAAAAYgBhsZh58gAAAABJRU5ErkJggg==, 0 255 255 0 0 255 255 0 0 255 255 0",
    "grey-16, iVBORw0KGgoAAAANSUhEUgAAAAMAAAABEAAAAABuG5crAAAAD0lEQVR4nGMQMqn//58RAAhvAsVDbMSDAAAAAElFTkSuQmCC, 18 127 255"
  })
  void readsEveryKindOfPng(String kind, String base64, String expected) throws Exception {
    RawImage image = ImageDecoder.decode(Base64.getDecoder().decode(base64));
    int[] values = Arrays.stream(expected.split(" ")).mapToInt(Integer::parseInt).toArray();
    assertThat(unsigned(image.planes())).as(kind).containsExactly(values);
  }

  @Test
  void greyJpegKeepsItsSamples() throws Exception {
    int[] values = unsigned(ImageDecoder.decode(Base64.getDecoder().decode(GREY_JPEG)).planes());
    assertThat(Arrays.copyOf(values, 6)).containsExactly(0, 16, 32, 48, 65, 80);
    assertThat(Arrays.stream(values).sum()).isEqualTo(32645);
  }

  @Test
  void colourJpegsAreWhatPillowReads() throws Exception {
    Path test = SharedImages.cifar10("test", 100).resolve("test");
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    List<Path> classes;
    try (Stream<Path> folders = Files.list(test)) {
      classes = folders.sorted().toList();
    }
    for (Path folder : classes) {
      for (int i = 0; i < 20; i++) {
        byte[] file = Files.readAllBytes(folder.resolve("%04d.jpg".formatted(i)));
        digest.update(ImageDecoder.decode(file).planes());
      }
    }
    assertThat(HexFormat.of().formatHex(digest.digest(), 0, 8)).isEqualTo("6bba28eb1b027a7b");
  }

  @Test
  void everyTruncationIsRefused() {
    for (String base64 : List.of(GREY_JPEG, RGBA_PNG)) {
      byte[] whole = Base64.getDecoder().decode(base64);
      for (int length = 0; length < whole.length - 20; length += 7) {
        byte[] cut = Arrays.copyOf(whole, length);
        assertThatThrownBy(() -> ImageDecoder.decode(cut))
            .as("%d of %d bytes", length, whole.length)
            .isInstanceOf(BadImageException.class);
      }
    }
  }

  @Test
  void damageIsRefusedOrDecodedButNeverAnythingElse() {
    for (String base64 : List.of(GREY_JPEG, RGBA_PNG)) {
      byte[] whole = Base64.getDecoder().decode(base64);
      for (int at = 0; at < whole.length; at++) {
        byte[] damaged = whole.clone();
        damaged[at] ^= (byte) 0xff;
        try {
          assertThat(ImageDecoder.decode(damaged).planes()).isNotEmpty();
        } catch (BadImageException e) {
          assertThat(e).hasMessageMatching("(?s).+");
        }
      }
    }
  }

  @Test
  void hugeDimensionsAreRefusedBeforeDecoding() {
    byte[] png = Base64.getDecoder().decode(RGBA_PNG);
    ByteBuffer header = ByteBuffer.wrap(png).putInt(16, 60_000).putInt(20, 60_000);
    CRC32 crc = new CRC32();
    crc.update(png, 12, 17);
    header.putInt(29, (int) crc.getValue());
    assertThatThrownBy(() -> ImageDecoder.decode(png)).hasMessageContaining("60000 x 60000");
  }

  @Test
  void otherFilesAreRefused() {
    byte[] gif = "GIF89a, and so on".getBytes(StandardCharsets.US_ASCII);
    assertThatThrownBy(() -> ImageDecoder.decode(gif)).hasMessage("neither JPEG nor PNG");
  }

  /** Each scan is one more turn over all pixels. */
  @Test
  void scansAreCounted() throws Exception {
    byte[] jpeg = Base64.getDecoder().decode(GREY_JPEG);
    int end = jpeg.length - 2;
    int scan = new String(jpeg, StandardCharsets.ISO_8859_1).indexOf("\u00ff\u00da");
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    bomb.write(jpeg, 0, end);
    for (int i = 0; i < JpegScans.MOST; i++) {
      bomb.write(jpeg, scan, end - scan);
    }
    bomb.write(jpeg, end, 2);
    assertThat(JpegScans.count(bomb.toByteArray())).isEqualTo(JpegScans.MOST + 1);
    assertThatThrownBy(() -> ImageDecoder.decode(bomb.toByteArray()))
        .isInstanceOf(BadImageException.class)
        .hasMessageContaining("scans");
  }

  /** Previews, makers' notes and films hold any bytes. */
  @Test
  void scansOfOtherImagesInTheFileDoNotCount() throws Exception {
    byte[] jpeg = Base64.getDecoder().decode(GREY_JPEG);
    byte[] others = new byte[2 * 200];
    for (int i = 0; i < others.length; i += 2) {
      others[i] = (byte) 0xff;
      others[i + 1] = (byte) 0xda;
    }
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(jpeg, 0, 2);
    file.write(new byte[] {(byte) 0xff, (byte) 0xe1, 1, (byte) (others.length + 2 - 256)});
    file.write(others);
    file.write(jpeg, 2, jpeg.length - 2);
    file.write(others);
    assertThat(JpegScans.count(file.toByteArray())).isEqualTo(1);
    assertThat(ImageDecoder.decode(file.toByteArray()).planes())
        .isEqualTo(ImageDecoder.decode(jpeg).planes());
  }
}
