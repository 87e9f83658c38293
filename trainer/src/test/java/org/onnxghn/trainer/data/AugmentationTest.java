package org.onnxghn.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.Color;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.onnxghn.converter.images.Normalisation;

class AugmentationTest {
  /** Leaves bytes as numbers from 0 to 255. */
  private static final Normalisation BYTES =
      Normalisation.of(new double[] {0}, new double[] {1 / 255.0});

  private static final int SIDE = 6;

  private static byte[] image(int channels) {
    byte[] planes = new byte[channels * SIDE * SIDE];
    for (int i = 0; i < planes.length; i++) {
      planes[i] = (byte) (i + 1);
    }
    return planes;
  }

  private static float[] apply(Augmentation augmentation, int channels, long seed) {
    float[] out = new float[augmentation.length(channels)];
    float[][] table = augmentation.normalisation().forChannels(channels).table();
    augmentation.apply(image(channels), SIDE, SIDE, table, seed, out);
    return out;
  }

  @Test
  void evaluationIsTheMiddleNormalised() {
    Normalisation normalisation =
        Normalisation.of(new double[] {0.5, 0.25, 0}, new double[] {0.5, 0.25, 2});
    float[] out = apply(Augmentation.evaluation(2, 2, normalisation), 3, 9);
    // Row 2, column 2 of the planes: bytes 15, 51, 87.
    assertThat(out[0]).isCloseTo((15 / 255f - 0.5f) / 0.5f, within(1e-6f));
    assertThat(out[4]).isCloseTo((51 / 255f - 0.25f) / 0.25f, within(1e-6f));
    assertThat(out[8]).isCloseTo(87 / 255f / 2, within(1e-6f));
    assertThat(out[11]).isCloseTo(94 / 255f / 2, within(1e-6f));
  }

  @Test
  void paddedCropsAreShiftedImagesOnBlackAndAllShiftsOccur() {
    Augmentation augmentation = new Augmentation(SIDE, SIDE, Crop.padded(2), false, null, BYTES);
    Set<Integer> shifts = new HashSet<>();
    for (int seed = 0; seed < 500; seed++) {
      float[] out = apply(augmentation, 1, seed);
      int middle = Math.round(out[3 * SIDE + 3]) - 1;
      int dy = middle / SIDE - 3;
      int dx = middle % SIDE - 3;
      shifts.add(dy * 100 + dx);
      for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
          boolean inside = y + dy >= 0 && y + dy < SIDE && x + dx >= 0 && x + dx < SIDE;
          float expected = inside ? (y + dy) * SIDE + x + dx + 1 : 0;
          assertThat(out[y * SIDE + x]).isCloseTo(expected, within(1e-3f));
        }
      }
    }
    assertThat(shifts).hasSize(25);
  }

  @Test
  void halfOfTheImagesAreMirrored() {
    Augmentation augmentation = new Augmentation(SIDE, SIDE, Crop.centre(), true, null, BYTES);
    int mirrored = 0;
    for (int seed = 0; seed < 1000; seed++) {
      float[] out = apply(augmentation, 3, seed);
      boolean flipped = Math.round(out[0]) == SIDE;
      mirrored += flipped ? 1 : 0;
      assertThat(Math.round(out[SIDE * SIDE + 1])).isEqualTo(flipped ? 36 + 5 : 36 + 2);
    }
    assertThat(mirrored).isBetween(430, 570);
  }

  @Test
  void aResizedCropOfEverythingIsTheImageAndOthersKeepGradients() {
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 1000; i++) {
      Crop.Box box = Crop.resized(0.08).choose(50, 40, 8, 8, random);
      double area = box.height() * box.width() / 2000.0;
      double ratio = (double) box.width() / box.height();
      assertThat(box.top() + box.height()).isLessThanOrEqualTo(50);
      assertThat(box.left() + box.width()).isLessThanOrEqualTo(40);
      assertThat(area).isBetween(0.065, 1.0);
      assertThat(ratio).isBetween(0.68, 1.5);
    }
    // The image rises by 1 a column: so does half of it, by half as much per output pixel.
    Augmentation half = new Augmentation(12, 12, Crop.resized(1), false, null, BYTES);
    float[] out = apply(half, 1, 1);
    assertThat(out[5 * 12 + 6] - out[5 * 12 + 5]).isCloseTo(0.5f, within(1e-4f));
    assertThat(out[6 * 12 + 5] - out[5 * 12 + 5]).isCloseTo(SIDE / 2f, within(1e-4f));
    assertThat(out[0]).isCloseTo(1, within(1e-4f));
    assertThat(out[143]).isCloseTo(36, within(1e-4f));
  }

  @Test
  void jitterWithFixedFactorsByHand() {
    float[] planes = {100, 200, 50, 60, 10, 240};
    // Ranges of zero: all factors are 1.
    new ColourJitter(0, 0, 0, 0).apply(planes, 3, new SplittableRandom(1));
    assertThat(planes).containsExactly(new float[] {100, 200, 50, 60, 10, 240}, within(1e-3f));

    SplittableRandom copy = new SplittableRandom(5);
    float light = (float) (0.5 + copy.nextDouble());
    float[] bright = {100, 200, 50, 60, 10, 240};
    new ColourJitter(0.5, 0, 0, 0).apply(bright, 3, new SplittableRandom(5));
    assertThat(bright[2]).isCloseTo(50 * light, within(1e-3f));
    assertThat(bright[5]).isCloseTo(Math.min(255, 240 * light), within(1e-3f));

    SplittableRandom third = new SplittableRandom(6);
    third.nextDouble();
    third.nextDouble();
    float colour = (float) (2 * third.nextDouble());
    float[] colours = {100, 200, 50, 60, 10, 240};
    new ColourJitter(0, 0, 1, 0).apply(colours, 3, new SplittableRandom(6));
    float grey = 0.299f * 100 + 0.587f * 50 + 0.114f * 10;
    assertThat(colours[0]).isCloseTo(Math.min(255, grey + (100 - grey) * colour), within(1e-2f));
  }

  /** Against java.awt's conversions, which round to bytes. */
  @Test
  void hueTurnsOnTheColourCircle() {
    float[] planes = new float[3 * 216];
    for (int i = 0; i < 216; i++) {
      planes[i] = 51 * (i % 6);
      planes[216 + i] = 51 * (i / 6 % 6);
      planes[432 + i] = 51 * (i / 36);
    }
    for (float turn : new float[] {-0.5f, -0.37f, -0.1f, 0, 0.05f, 1 / 3f, 0.5f}) {
      float[] turned = planes.clone();
      ColourJitter.turnHue(turned, turn);
      for (int i = 0; i < 216; i++) {
        float[] hsb =
            Color.RGBtoHSB((int) planes[i], (int) planes[216 + i], (int) planes[432 + i], null);
        Color expected = new Color(Color.HSBtoRGB(hsb[0] + turn, hsb[1], hsb[2]));
        assertThat(turned[i]).isCloseTo(expected.getRed(), within(0.51f));
        assertThat(turned[216 + i]).isCloseTo(expected.getGreen(), within(0.51f));
        assertThat(turned[432 + i]).isCloseTo(expected.getBlue(), within(0.51f));
      }
    }
    SplittableRandom copy = new SplittableRandom(8);
    copy.nextDouble();
    copy.nextDouble();
    copy.nextDouble();
    float turn = (float) (0.2 * (2 * copy.nextDouble() - 1));
    float[] jittered = planes.clone();
    new ColourJitter(0, 0, 0, 0.2).apply(jittered, 3, new SplittableRandom(8));
    float[] turned = planes.clone();
    ColourJitter.turnHue(turned, turn);
    assertThat(jittered).containsExactly(turned, within(1e-3f));
  }

  @Test
  void jitteredImagesAreNormalisedToo() {
    Normalisation normalisation = Normalisation.of(new double[] {0.5}, new double[] {0.25});
    Augmentation plain = Augmentation.evaluation(SIDE, SIDE, normalisation);
    Augmentation jittered =
        new Augmentation(
            SIDE, SIDE, Crop.centre(), false, new ColourJitter(0, 0, 0, 0), normalisation);
    assertThat(apply(jittered, 3, 4)).containsExactly(apply(plain, 3, 4), within(1e-5f));
  }

  @Test
  void sampleSeedsDiffer() {
    Set<Long> seeds = new HashSet<>();
    for (int epoch = 0; epoch < 20; epoch++) {
      for (int index = -1; index < 1000; index++) {
        seeds.add(Augmentation.sampleSeed(7, epoch, index));
      }
    }
    assertThat(seeds).hasSize(20 * 1001);
  }
}
