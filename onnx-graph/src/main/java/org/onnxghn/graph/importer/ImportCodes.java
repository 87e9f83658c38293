package org.onnxghn.graph.importer;

/** The stable codes of the importer: OG-200 to OG-249 are refusals, OG-250 to OG-299 findings. */
final class ImportCodes {
  /** An attribute has another type than the operator's specification gives it. */
  static final String ATTRIBUTE_TYPE = "OG-200";

  /** Inlined functions and subgraphs make more operators than the limit. */
  static final String TOO_MANY_OPERATORS = "OG-202";

  /** The computational graph has more nodes than the hypernetwork can attend to. */
  static final String TOO_MANY_NODES = "OG-203";

  /** The operators form a circle. */
  static final String CYCLE = "OG-204";

  /** A function body uses a value that nothing defines. */
  static final String UNDEFINED_VALUE = "OG-205";

  /** An operator's weight has a shape that the operator cannot have. */
  static final String WEIGHT_SHAPE = "OG-206";

  /** An operator that is not in the table: data is taken to flow through all its inputs. */
  static final String UNKNOWN_OPERATOR = "OG-250";

  /** A parameter whose layer has no node in the hypernetwork's graph: it is not predicted. */
  static final String NOT_A_PRIMITIVE = "OG-251";

  /** A float tensor whose use does not say how it should start. */
  static final String UNKNOWN_ROLE = "OG-252";

  /** BatchNorm looks folded into the convolutions. */
  static final String FOLDED_BATCH_NORM = "OG-253";

  /** Integer (quantised) weights are kept as they are. */
  static final String QUANTISED = "OG-254";

  /** The model has no parameters. */
  static final String NO_PARAMETERS = "OG-255";

  /** One parameter is used by several layers: it is predicted at its first use. */
  static final String SHARED_PARAMETER = "OG-256";

  private ImportCodes() {}
}
