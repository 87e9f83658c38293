package org.onnxghn.trainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.trainer.CommandRun;
import org.onnxghn.trainer.train.SmallRun;

/** Data for which there are no networks. */
class TrainRefusalTest {
  private static final int CLASSES = 20_000;

  @TempDir private Path folder;

  /** A folder for each class, most of them empty. */
  @Test
  void aSpaceWithoutANetworkForSoManyClassesIsRefused() throws IOException {
    Path data = Files.createDirectories(folder.resolve("cifar"));
    BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < CLASSES; i++) {
      Path images = Files.createDirectory(data.resolve("class" + i));
      if (i < 4) {
        ImageIO.write(image, "png", images.resolve("0.png").toFile());
      }
    }
    Path run = folder.resolve("run");
    List<String> arguments =
        SmallRun.command(
            folder,
            "cifar-small",
            "hypernetwork.numClasses=" + CLASSES,
            "images.batch=1",
            "images.validation=1");
    arguments.addAll(List.of("--run", run.toString()));
    CommandRun.of(arguments).assertRefused("OG-530", CLASSES + " classes", "space full");
    assertThat(run).doesNotExist();
  }
}
