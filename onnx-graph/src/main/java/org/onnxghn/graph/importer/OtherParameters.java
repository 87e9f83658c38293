package org.onnxghn.graph.importer;

import java.util.Map;
import org.onnxghn.graph.Role;
import org.onnxghn.graph.importer.ParameterCollector.Use;

/**
 * Parameters of an operator that no recogniser took: those whose role the table gives, and those
 * whose use says nothing.
 */
final class OtherParameters {
  private final Context context;

  OtherParameters(Context context) {
    this.context = context;
  }

  /** To be called when it is known what layer the operator is. */
  void collect(Op op) {
    Map<Integer, Role> places = op.operator().map(Operator::parameters).orElse(Map.of());
    boolean flows = context.layers[op.id()] != null && !context.normalisations.isRescalingPart(op);
    for (int i = 0; i < op.inputs().length; i++) {
      int place = i;
      Role role = places.get(place);
      boolean weight = role == Role.WEIGHT;
      Traced trace = weight ? context.traces.weight(op.input(i)) : context.traces.of(op.input(i));
      if (trace == null || context.parameters.isKnown(trace.tensor())) {
        continue;
      }
      boolean last = context.traces.of(op.output(0)) == null;
      boolean operand = op.operator().map(o -> isOperand(o, place)).orElse(true);
      if (role != null && last && flows && !(weight && operand && isConstant(op))) {
        context.parameters.record(
            Use.asIs(trace, role, op, i, op.attributes().integer("group", 1)));
      } else if (flows
          && last
          && trace.isFloat()
          && operand
          && !op.is("Cast")
          && isTensorOrMissing(trace)) {
        context.recordDerived(trace, op, i);
      }
    }
  }

  /** Of control flow that stays an operator, such as If, the inputs are results of its branches. */
  private static boolean isOperand(Operator operator, int place) {
    return operator.use() == OperatorUse.CONTROL || operator.dataInputs().contains(place);
  }

  /**
   * Whether an operator that takes data or weights in either place has no data at all: then what it
   * does not take as its weight is a table that stands for data.
   */
  private boolean isConstant(Op op) {
    for (int input : op.inputs()) {
      if (context.traces.isData(input)) {
        return false;
      }
    }
    return true;
  }

  /** A single stored number is a constant; one that was exported without value has to get one. */
  private static boolean isTensorOrMissing(Traced trace) {
    return trace.tensor().shape().elements() > 1 || !trace.tensor().hasData();
  }
}
