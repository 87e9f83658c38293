package org.onnxghn.trainer.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.onnxghn.converter.report.JsonOutput;
import org.onnxghn.converter.runtime.ImageInput;
import org.onnxghn.onnx.OnnxGhnException;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.trainer.deepnets.Architecture;
import org.onnxghn.trainer.exec.ExecutorException;
import org.onnxghn.trainer.finetune.AugmentationChoice;
import org.onnxghn.trainer.finetune.Recipe;
import org.onnxghn.trainer.finetune.Trial;
import org.onnxghn.trainer.train.NetworkFailure;

/**
 * What initial values are worth as a start of training (paper, Tables 2, 4 and 7). Each network is
 * trained from each of them, with each learning rate, for each budget of epochs. Each budget is a
 * training of its own whose schedule ends with it: a tenth of an epoch is not the beginning of a
 * longer training, whose learning rate would be high there. For each start the learning rate that
 * is best on held-out images is chosen, and only its result on the test images is looked at. Seeds,
 * order of images, augmentation and the number of learning rates are the same for all.
 */
public final class FineTuneComparison {
  /**
   * What is trained.
   *
   * @param initialisations the starts
   * @param learningRates those to choose from
   * @param chooseOnce whether each start's learning rate is chosen with the first budget, and the
   *     others are trained with that one only
   * @param epochs budgets; fractions are fine
   * @param recipe the rest of the training
   * @param newHead classes of a new classifier, or 0 to keep the predicted one
   * @param seed of order, augmentation and new head
   */
  public record Plan(
      List<Initialisation> initialisations,
      List<Double> learningRates,
      boolean chooseOnce,
      List<Double> epochs,
      Recipe recipe,
      AugmentationChoice augmentation,
      int newHead,
      long seed) {
    /** Trainings of a network. */
    public int trainings() {
      int later = chooseOnce ? 1 : learningRates.size();
      return initialisations.size() * (learningRates.size() + (epochs.size() - 1) * later);
    }

    /** Learning rates of another budget than the first. */
    private List<Double> laterRates(JsonNode first) {
      if (!chooseOnce) {
        return learningRates;
      }
      double chosen = first.path("learningRate").asDouble();
      // Where the loss was finite with none, the lowest is the likeliest.
      return List.of(chosen > 0 ? chosen : Collections.min(learningRates));
    }
  }

  /** Hears what is being done. */
  @FunctionalInterface
  public interface Observer {
    /** So many trainings are over, or were by an earlier run. */
    void done(int trainings, String what);
  }

  /** How good a learning rate was on the held-out images; null when a loss was not finite. */
  record Tried(double learningRate, Double top1) {}

  /**
   * Of one start and one budget.
   *
   * @param init the start
   * @param learningRate the best on held-out images; 0 when the loss was finite with none
   * @param top1 on the test images, of that learning rate. Without any it is chance, 1 / classes:
   *     who trained so has weights that are no numbers, is left with saying one class of all
   *     images, and is right as often if classes are equally frequent. 0 would be worse than any
   *     network that was not trained, and would make others win by more than they do
   * @param tried all of its learning rates on held-out images
   */
  record FineTuned(
      String init,
      double epochs,
      long steps,
      double learningRate,
      double top1,
      List<Tried> tried,
      long parameters,
      double seconds) {}

  private final Plan plan;
  private final TrialImages images;
  private final Initialisation.Settings settings;
  private final ResultsLog log;
  private final SavedModels saved;
  private final Observer observer;

  /**
   * @param log gets each result
   * @param save folder for the models of the longest budget, as {@code INIT/NAME.onnx}, or null
   */
  public FineTuneComparison(
      Plan plan,
      TrialImages images,
      Initialisation.Settings settings,
      ResultsLog log,
      Path save,
      Observer observer) {
    this.plan = plan;
    this.images = images;
    this.settings = settings;
    this.log = log;
    this.saved = new SavedModels(save, Collections.max(plan.epochs()), log);
    this.observer = observer;
  }

  /**
   * All results of a network: {@code networks[]} of shared/JSON.md.
   *
   * @param split what the network is of
   */
  public ObjectNode of(Architecture architecture, String split) {
    ObjectNode network = JsonOutput.tree(Map.of());
    network.put("name", architecture.name());
    network.put("split", split);
    network.put("parameters", 0);
    ArrayNode results = network.putArray("fineTuned");
    double seconds = 0;
    String identity = ResultsLog.key(architecture);
    Map<Initialisation, JsonNode> firsts = new EnumMap<>(Initialisation.class);
    for (double epochs : plan.epochs()) {
      for (Initialisation init : plan.initialisations()) {
        JsonNode first = firsts.get(init);
        List<Double> rates = first == null ? plan.learningRates() : plan.laterRates(first);
        boolean chosen = first != null && plan.chooseOnce();
        String rate = chosen ? " with the rate of " + plan.epochs().get(0) : "";
        String key = identity + " " + init + " " + epochs + rate;
        JsonNode known = log.known(key);
        if (known != null && saved.lacks(key, known, architecture, init)) {
          log.forget(key);
        } else if (known != null) {
          observer.done(rates.size(), what(architecture, init, epochs));
        }
        JsonNode result =
            log.once(key, () -> JsonOutput.tree(compare(architecture, init, epochs, rates, key)));
        firsts.putIfAbsent(init, result);
        results.add(result);
        network.put("parameters", result.path("parameters").asLong());
        seconds += result.path("seconds").asDouble();
      }
    }
    network.put("seconds", seconds);
    return network;
  }

  /**
   * What the results of all networks come to: {@code summary} of shared/JSON.md.
   *
   * @param against the start that the others are compared with
   */
  public static ObjectNode summary(List<JsonNode> networks, String against, String split) {
    return Comparison.of(networks, against).summary(split);
  }

  /**
   * Prepares a network as for a training, which runs it on two black images, or as many as it is
   * made for. Where that is another batch than the training's, it takes a step.
   *
   * @throws OnnxGhnException when it cannot be trained on these images
   */
  public static void tryOut(Architecture architecture, Plan plan, TrialImages images) {
    Initialisation.Settings settings = new Initialisation.Settings(null, null, plan.seed());
    OnnxModel model = Initialisation.HE.apply(architecture.model(), settings);
    ImageInput input = ImageInput.of(model);
    int batch = plan.recipe().batch();
    try (Trial trial = trial(model, plan, images)) {
      if (input.batch() != 0 && input.batch() != batch) {
        trial.train(plan.recipe(), 1, plan.seed(), () -> false);
      }
    } catch (ExecutorException e) {
      throw NetworkFailure.of(architecture.name(), model, input.name(), batch, e);
    }
  }

  private static Trial trial(OnnxModel model, Plan plan, TrialImages images) {
    return new Trial(
        model,
        plan.newHead(),
        images.training(),
        images.normalisation(),
        plan.augmentation(),
        plan.seed());
  }

  private FineTuned compare(
      Architecture architecture,
      Initialisation init,
      double epochs,
      List<Double> rates,
      String key) {
    long start = System.nanoTime();
    // Equal names get equal random values, and networks have many names in common.
    long seed = settings.seed() + architecture.name().hashCode();
    OnnxModel model = init.apply(architecture.model(), settings.withSeed(seed));
    int batch = plan.recipe().batch();
    long steps = Trial.steps(images.training().size(), batch, epochs);
    List<Tried> tried = new ArrayList<>();
    double best = -1;
    double rate = 0;
    double top1 = 1.0 / images.test().classNames().size();
    long elements = 0;
    Trial chosen = null;
    try {
      for (double learningRate : rates) {
        if (log.isStopped()) {
          break;
        }
        Trial trial = trial(model, plan, images);
        Trial loser = trial;
        try {
          elements = trial.elements();
          Recipe recipe = plan.recipe().withLearningRate(learningRate);
          boolean finite = trial.train(recipe, steps, plan.seed(), log::isStopped);
          double validation = finite ? trial.top1(images.validation(), batch) : Double.NaN;
          tried.add(new Tried(learningRate, Double.isNaN(validation) ? null : validation));
          if (validation > best) {
            best = validation;
            rate = learningRate;
            loser = chosen;
            chosen = trial;
          }
        } finally {
          if (loser != null) {
            loser.close();
          }
        }
        observer.done(1, what(architecture, init, epochs) + ", learning rate " + learningRate);
      }
      if (chosen != null && !log.isStopped()) {
        double tested = chosen.top1(images.test(), batch);
        top1 = Double.isNaN(tested) ? top1 : tested;
        saved.write(key, epochs, chosen.model(), architecture, init);
      }
    } finally {
      if (chosen != null) {
        chosen.close();
      }
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return new FineTuned(init.toString(), epochs, steps, rate, top1, tried, elements, seconds);
  }

  private static String what(Architecture architecture, Initialisation init, double epochs) {
    return "%s, %s, %s epochs".formatted(architecture.name(), init, epochs);
  }

  /**
   * Files that are written for a network, one for each start; folders for them are made.
   *
   * @param save the folder for all
   * @throws org.onnxghn.trainer.run.RunException OG-514 when one cannot be made
   */
  public static List<Path> savedFiles(Path save, Plan plan, Architecture architecture) {
    return plan.initialisations().stream()
        .map(init -> SavedModels.file(SavedModels.folder(save, init), architecture))
        .toList();
  }
}
