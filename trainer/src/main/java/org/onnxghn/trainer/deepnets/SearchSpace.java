package org.onnxghn.trainer.deepnets;

import java.util.List;
import java.util.Random;
import org.onnxghn.trainer.deepnets.Genotype.Edge;

/** What the networks of a split are drawn from, and which draws are refused (GHN3.md 9.3, 9.4). */
final class SearchSpace {
  private static final List<Integer> SMALL_WIDTHS = List.of(16, 24, 32);

  private final Split split;
  private final Variant variant;
  private final boolean small;

  SearchSpace(Split split, Variant variant, Space space) {
    this.split = split;
    this.variant = variant;
    this.small = space == Space.SMALL;
  }

  /** A drawn network, its widths still the smallest. */
  record Draw(Genotype genotype, NetworkOptions options) {}

  Draw draw(Random random) {
    int cells = between(random, minCells(), maxCells());
    int threshold = threshold(random);
    int mostSteps = cells <= threshold ? maxSteps() : mediumSteps();
    int steps = between(random, split.minSteps(), mostSteps);
    boolean onlyPool = random.nextBoolean();
    boolean dropConcat = steps > 1 && random.nextBoolean();
    Genotype genotype = new GenotypeSampler(random).sample(steps, onlyPool, dropConcat, steps > 1);
    int kernel = 3 + 2 * random.nextInt(3);
    int multiplier = 1 + random.nextInt(2);
    int stemType = random.nextInt(2);
    // A CPU's networks always pool: their cells see maps of 8x8 at most.
    boolean stemPool = stemType == 0 && (random.nextBoolean() || small);
    boolean few = isFew(cells, steps);
    boolean batchNorm =
        switch (split) {
          case BNFREE -> false;
          case SEARCH -> true;
          default -> !(few && random.nextBoolean());
        };
    boolean transformer = genotype.isTransformer();
    boolean preprocessing =
        steps > 1 || multiplier > 1 || !transformer || random.nextDouble() < 0.2;
    boolean average = transformer || cells > threshold || random.nextDouble() < 0.9;
    int classifierLayers = 1 + random.nextInt(2);
    NetworkOptions options =
        new NetworkOptions(
            small ? SMALL_WIDTHS.get(0) : 32,
            cells,
            multiplier,
            stemType,
            kernel,
            stemStride(variant),
            stemPool,
            batchNorm,
            preprocessing,
            average,
            classifierLayers,
            small ? 64 : 256);
    return new Draw(genotype, options);
  }

  private boolean isFew(int cells, int steps) {
    return cells <= minCells() + 1 && steps <= mediumSteps();
  }

  /** See {@link DeepNets#shallow}. */
  boolean isShallow(Draw draw) {
    return isFew(draw.options().cells(), draw.genotype().normal().size() / 2)
        && (draw.options().batchNorm() || split == Split.BNFREE)
        && draw.options().classifierLayers() == 1
        && !draw.genotype().isTransformer();
  }

  /** The largest one for images of this kind. */
  int stemStride(Variant images) {
    if (images == Variant.IMAGENET) {
      return 4;
    }
    return small ? 2 : 1;
  }

  /**
   * Whether the genotype is one of those that are left out: squeeze-excite without a convolution or
   * twice in a cell, two large convolutions in a cell, or nothing that is learned; of the small
   * space, too, a cell that gives nothing.
   */
  boolean isRefused(Genotype genotype) {
    boolean convolution =
        genotype.normal().stream().anyMatch(e -> e.operation().isConvolution())
            || genotype.reduce().stream().anyMatch(e -> e.operation().isConvolution());
    boolean squeeze = genotype.has(CellOperation.CSE);
    return small && genotype.hasEmptyCell()
        || squeeze && !convolution
        || !squeeze && !convolution && !genotype.isTransformer()
        || isHeavy(genotype.normal())
        || isHeavy(genotype.reduce());
  }

  private static boolean isHeavy(List<Edge> cell) {
    long squeezes = cell.stream().filter(e -> e.operation() == CellOperation.CSE).count();
    long large = cell.stream().filter(e -> isLarge(e.operation())).count();
    return squeezes > 1 || large > 1;
  }

  private static boolean isLarge(CellOperation operation) {
    return operation == CellOperation.CONV_5X5 || operation == CellOperation.CONV_7X7;
  }

  /**
   * Classes of the networks whose parameters are counted: the full space is the same one for any
   * number of classes.
   */
  int countedClasses(int classes) {
    return small ? classes : 10;
  }

  /** Whether the limit must be kept by the variant for ImageNet, too: its head sees more pixels. */
  boolean isLargerForImageNet(Draw draw) {
    return !small && !draw.options().globalAverage();
  }

  long maxParameters() {
    if (small) {
      return split.maxParameters() > 10_000_000 ? 1_000_000 : 300_000;
    }
    return split.maxParameters();
  }

  /**
   * Draws widths, and the stem's stride, for a network of this size: small networks may be wide.
   *
   * @param parameters at the smallest width, for 32x32 images
   */
  NetworkOptions widen(Draw draw, long parameters, Random random) {
    NetworkOptions options = draw.options();
    boolean imagenet = variant == Variant.IMAGENET;
    double millions = parameters / 1e6;
    boolean large =
        draw.genotype().has(CellOperation.CONV_5X5) || draw.genotype().has(CellOperation.CONV_7X7);
    int cells = options.cells();
    int widths;
    boolean any = false;
    if (small) {
      widths = large || millions > 0.1 ? 1 : millions > 0.05 ? 2 : SMALL_WIDTHS.size();
    } else if (millions > (imagenet ? 2.0 : 0.8)
        || !options.globalAverage()
        || large
        || cells > (imagenet ? 14 : 12)) {
      widths = 1;
    } else if (millions > 0.4 || cells > 10) {
      widths = imagenet ? 4 : 2;
    } else if (millions > 0.2 || cells > 8) {
      widths = imagenet ? 5 : 3;
    } else {
      widths = 7;
      any = true;
    }
    int index = random.nextInt(widths);
    int channels = small ? SMALL_WIDTHS.get(index) : 32 + 16 * index;
    boolean wideHead = any && channels <= 64;
    int classifierWidth = 64 * (1 + random.nextInt(wideHead ? 8 : 4));
    if (split == Split.WIDE) {
      channels *= imagenet || small ? 2 : 4;
    }
    NetworkOptions widened = options.withWidths(channels, classifierWidth);
    boolean mayBeFine =
        imagenet
            && options.globalAverage()
            && options.stemType() == 0
            && options.stemPool()
            && !(millions > 0.2 || cells > 8 || large);
    return mayBeFine && random.nextBoolean() ? widened.withStemStride(2) : widened;
  }

  private int threshold(Random random) {
    if (small) {
      return split == Split.DEEP ? 10 : 5;
    }
    return switch (split) {
      case DEEP -> 18;
      case SEARCH -> 10;
      default -> 7 + random.nextInt(4);
    };
  }

  private int minCells() {
    return small ? (split == Split.DEEP ? 6 : 3) : split.minCells();
  }

  private int maxCells() {
    return small ? (split == Split.DEEP ? 14 : 8) : split.maxCells();
  }

  private int mediumSteps() {
    return small ? Math.min(2, split.mediumSteps()) : split.mediumSteps();
  }

  private int maxSteps() {
    return small ? Math.min(split == Split.DENSE ? 5 : 3, split.maxSteps()) : split.maxSteps();
  }

  private static int between(Random random, int least, int most) {
    return least + random.nextInt(most - least + 1);
  }
}
