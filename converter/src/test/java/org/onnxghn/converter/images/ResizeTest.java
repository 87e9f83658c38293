package org.onnxghn.converter.images;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against Pillow 9.4: {@code resize(..., BILINEAR)} and a crop as torchvision's CenterCrop. */
class ResizeTest {
  private static RawImage pattern(int width, int height) {
    byte[] planes = new byte[3 * width * height];
    for (int c = 0; c < 3; c++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          planes[(c * height + y) * width + x] = (byte) (x * 7 + y * 13 + c * 50 + (x * y) % 31);
        }
      }
    }
    return new RawImage(planes, 3, height, width);
  }

  private static String hash(byte[] planes) throws Exception {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(planes);
    return HexFormat.of().formatHex(digest, 0, 8);
  }

  @ParameterizedTest
  @CsvSource({
    "37, 53, 16, 16, 8c6f78c4b0083552",
    "53, 37, 32, 28, 6337b2603bbbe35c",
    "20, 31, 48, 41, 52c47c9bb6e690c9",
    "300, 7, 5, 5, c0ba6dc26717f194",
    "64, 64, 64, 64, 1dc483cf07b54b63",
    "500, 333, 36, 32, 318def1d7ade46ab"
  })
  void givesPillowsBytes(int width, int height, int resize, int crop, String sha256)
      throws Exception {
    RawImage result = Resize.apply(pattern(width, height), new ImageSpec(3, crop, crop, resize));
    assertThat(hash(result.planes())).isEqualTo(sha256);
  }

  @Test
  void greyIsPillowsLuma() throws Exception {
    RawImage grey = pattern(37, 53).withChannels(1);
    assertThat(hash(grey.planes())).isEqualTo("d395f35e45134a5e");
  }

  @Test
  void anExtremeAspectTakesLittleMemory() {
    RawImage line = new RawImage(new byte[1 << 20], 1, 1, 1 << 20);
    RawImage result = Resize.apply(line, ImageSpec.square(3, 224));
    assertThat(result.planes()).hasSize(3 * 224 * 224);
  }

  @Test
  void coversShapesThatAreNoSquares() {
    RawImage result = Resize.apply(pattern(30, 90), new ImageSpec(3, 20, 40, 20));
    assertThat(result.height()).isEqualTo(20);
    assertThat(result.width()).isEqualTo(40);
  }
}
