package org.onnxghn.converter.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.onnxghn.graph.ImportedGraph;

/** Advice on a model, from published results for networks of its kind. */
final class Adviser {
  /** The importer's finding that BatchNorm looks folded away. */
  private static final String FOLDED_BATCH_NORM = "OG-253";

  private Adviser() {}

  static List<Advice> advise(ImportedGraph imported) {
    List<Advice> advice = new ArrayList<>();
    boolean folded = imported.findings().stream().anyMatch(f -> f.code().equals(FOLDED_BATCH_NORM));
    if (folded) {
      advice.add(
          new Advice(
              CheckCodes.UNFOLD_BATCH_NORM,
              "Advice: export the model with its BatchNorm layers before converting it (see OG-253)."
                  + " Every network with published results was predicted with its normalisation"
                  + " layers ("
                  + PublishedResults.CITATION
                  + ")."));
    }
    Optional<Family> family = folded ? Optional.empty() : Family.of(imported.graph());
    family.ifPresent(f -> advise(f, advice));
    return advice;
  }

  private static void advise(Family family, List<Advice> advice) {
    PublishedResults results = PublishedResults.of(family);
    String like = "the graph is built like " + family.description();
    if (results.gained()) {
      advice.add(
          new Advice(
              CheckCodes.FAMILY_GAINED,
              "Advice: GHN-3 initialisation is likely to help; "
                  + like
                  + ", and "
                  + results.evidence()
                  + "."));
    } else {
      advice.add(
          new Advice(
              CheckCodes.FAMILY_LOST,
              "Advice: compare with a random start (convert --checkpoint none) before relying on"
                  + " GHN-3 initialisation; "
                  + like
                  + ", and only "
                  + results.evidence()
                  + "."));
      advice.add(
          new Advice(
              CheckCodes.LOWER_LEARNING_RATE,
              "Advice: fine-tune with a lower learning rate than from a random start, so that the"
                  + " prediction is not lost in the first steps; the networks above lost in one"
                  + " epoch with the settings of the publication."));
    }
    advice.add(
        new Advice(
            CheckCodes.ADD_NOISE,
            "Advice: add noise before fine-tuning (convert --noise 1e-5), as the publication did for"
                + " all fine-tuned predictions, since predicted channels resemble each other."));
  }
}
