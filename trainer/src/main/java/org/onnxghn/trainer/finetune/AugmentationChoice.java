package org.onnxghn.trainer.finetune;

import org.onnxghn.converter.images.ImageSpec;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.trainer.data.Augmentation;
import org.onnxghn.trainer.data.ColourJitter;
import org.onnxghn.trainer.data.Crop;

/**
 * What happens to training images.
 *
 * @param kind of crop
 * @param flip whether images are mirrored at random; null for colour images only
 * @param jitter of colours, or null
 */
public record AugmentationChoice(Kind kind, Boolean flip, ColourJitter jitter) {
  /** Which part of an image is used. */
  public enum Kind {
    /** {@link #RESIZED} from 128 pixels on, else {@link #PADDED}. */
    AUTO,
    /** The middle, neither mirrored nor otherwise changed. */
    NONE,
    /** Anywhere, over an edge by an eighth: 4 pixels of 32. */
    PADDED,
    /** Of random size and aspect, from 8 % of the area on. */
    RESIZED
  }

  /** What suits the images. */
  public static final AugmentationChoice AUTO = new AugmentationChoice(Kind.AUTO, null, null);

  private static final int LARGE = 128;

  /** For images that end as the spec says. */
  Augmentation of(ImageSpec spec, Normalisation normalisation) {
    int shorter = Math.min(spec.height(), spec.width());
    boolean mirrored = flip == null ? kind != Kind.NONE && spec.channels() == 3 : flip;
    Crop crop =
        switch (resolved(shorter)) {
          case RESIZED -> Crop.resized(0.08);
          case PADDED -> Crop.padded(shorter / 8);
          default -> Crop.centre();
        };
    return new Augmentation(spec.height(), spec.width(), crop, mirrored, jitter, normalisation);
  }

  private Kind resolved(int shorter) {
    return kind != Kind.AUTO ? kind : shorter >= LARGE ? Kind.RESIZED : Kind.PADDED;
  }

  /** What it comes to for images of this size, in words. */
  public String applied(int channels, int height, int width) {
    Augmentation applied =
        of(ImageSpec.evaluation(channels, height, width), Normalisation.standard(channels));
    Crop crop = applied.crop();
    String part =
        switch (crop.kind()) {
          case CENTRE -> "the middle";
          case PADDED -> "a random crop of the image padded by " + crop.padding();
          case RESIZED -> "a random crop of %s of the area or more".formatted(crop.smallest());
        };
    return part
        + (applied.flip() ? ", mirrored at random" : "")
        + (applied.jitter() == null ? "" : ", " + applied.jitter());
  }

  /** As text, so that a resumed run can be compared. */
  @Override
  public String toString() {
    return kind + " flip " + flip + " " + jitter;
  }
}
