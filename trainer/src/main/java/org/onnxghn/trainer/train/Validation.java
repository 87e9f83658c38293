package org.onnxghn.trainer.train;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.onnxghn.ghn.Ghn;
import org.onnxghn.trainer.deepnets.ArchitectureHash;
import org.onnxghn.trainer.deepnets.DeepNets;
import org.onnxghn.trainer.eval.EvaluationImages;
import org.onnxghn.trainer.eval.ZeroShot;

/** Zero-shot accuracy on architectures of the split val and images that were held out. */
final class Validation {
  private final DeepNets networks;
  private final int count;
  private final EvaluationImages images;
  private final int workers;

  Validation(TrainingConfig config, TrainingImages images, int workers) {
    this.networks = config.validationDeepNets();
    this.count = config.run().validationNetworks();
    this.images =
        EvaluationImages.of(
            images.validation(),
            images.normalisation(),
            config.images().batch(),
            Integer.MAX_VALUE);
    this.workers = workers;
  }

  /** Images of an evaluation. */
  int imageCount() {
    return images.size();
  }

  /** Of the networks: none of them may be trained with. */
  Set<String> hashes() {
    return LongStream.range(0, count)
        .mapToObj(i -> ArchitectureHash.of(networks.get(i).model()))
        .collect(Collectors.toSet());
  }

  ZeroShot.Summary evaluate(Ghn ghn) {
    List<ZeroShot.Result> results =
        ZeroShot.evaluate(ghn, networks, count, images, workers, done -> {});
    return ZeroShot.Summary.of(results);
  }
}
