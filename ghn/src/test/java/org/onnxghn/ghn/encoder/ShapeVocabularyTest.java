package org.onnxghn.ghn.encoder;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.onnxghn.onnx.Shape;

/** Rows as GHN3.md 4.2 has them. */
class ShapeVocabularyTest {
  @ParameterizedTest
  @CsvSource({
    "1000, 1, 0",
    "1000, 2, 0",
    "1000, 3, 1",
    "1000, 4, 2",
    "1000, 7, 2",
    "1000, 8, 2",
    "1000, 8192, 390",
    "1000, 100000, 390",
    "20000, 8192, 389",
    "20000, 8200, 389",
    "20000, 20000, 390",
    "20000, 30000, 390",
  })
  void channelsAreTheNearestOfTheVocabulary(int classes, int channels, int row) {
    ShapeVocabulary vocabulary = new ShapeVocabulary(classes, 16);
    assertThat(vocabulary.rows(Shape.of(channels, 1))[0]).isEqualTo(row);
    assertThat(vocabulary.rows(null)[0]).isEqualTo(vocabulary.channelRows() - 1);
  }

  @ParameterizedTest
  @CsvSource({"16, 2, 1", "16, 4, 1", "16, 6, 2", "16, 15, 8", "16, 40, 9", "11, 15, 6"})
  void kernelsToo(int largest, int side, int row) {
    ShapeVocabulary vocabulary = new ShapeVocabulary(10, largest);
    assertThat(vocabulary.rows(Shape.of(8, 8, side, 1))[2]).isEqualTo(row);
    assertThat(vocabulary.rows(null)[2]).isEqualTo(vocabulary.spatialRows() - 1);
  }
}
