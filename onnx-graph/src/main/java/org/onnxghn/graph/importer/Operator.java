package org.onnxghn.graph.importer;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.onnxghn.graph.Primitive;
import org.onnxghn.graph.Role;

/**
 * One version of an ONNX operator: a row of {@code operators.csv}, resolved for a model's opset.
 *
 * <p>An input that is both in {@code dataInputs} and in {@code parameters} (MatMul, Gather) is a
 * parameter if it can be traced to one, and data otherwise. Roles that depend on the surroundings
 * (the bias of MatMul + Add, a position encoding, a layer scale) are not in the table.
 *
 * @param domain {@code ai.onnx} for the default one
 * @param name op_type as stored, such as {@code Conv}
 * @param sinceVersion the version in force: the newest of {@code sinceVersions} that is not above
 *     the model's opset
 * @param sinceVersions opset versions of the domain that brought a new version, ascending
 * @param deprecatedSince the opset version from which it is deprecated, or 0
 * @param use what the graph makes of it
 * @param dataInputs inputs that carry activations
 * @param parameters input index to role, for the inputs that are parameters of the layer
 * @param primitives what it can become, in data order where it is several (fused operators); {@link
 *     Primitive#CONV} stands for SEP_CONV and DIL_CONV too, which group and dilation decide
 * @param executable whether the trainer's executor runs it
 * @param note the reason if it is not supported, and remarks; may be empty
 */
public record Operator(
    String domain,
    String name,
    int sinceVersion,
    List<Integer> sinceVersions,
    int deprecatedSince,
    OperatorUse use,
    InputSet dataInputs,
    Map<Integer, Role> parameters,
    List<Primitive> primitives,
    boolean executable,
    String note) {

  /** Copies the collections; parameters iterate by index. */
  public Operator {
    sinceVersions = List.copyOf(sinceVersions);
    parameters = Collections.unmodifiableMap(new TreeMap<>(parameters));
    primitives = List.copyOf(primitives);
  }

  /** True if this version of the operator is deprecated. */
  public boolean isDeprecated() {
    return deprecatedSince != 0 && sinceVersion >= deprecatedSince;
  }

  /** The role of the parameter at this input, from 0, if the input is one. */
  public Optional<Role> role(int input) {
    return Optional.ofNullable(parameters.get(input));
  }

  /** True if the operator can become this primitive. */
  public boolean canBecome(Primitive primitive) {
    return primitives.contains(primitive);
  }

  /** The same row with another of its versions in force. */
  Operator atVersion(int version) {
    return new Operator(
        domain,
        name,
        version,
        sinceVersions,
        deprecatedSince,
        use,
        dataInputs,
        parameters,
        primitives,
        executable,
        note);
  }
}
