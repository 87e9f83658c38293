package org.onnxghn.trainer.exec.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.onnxghn.trainer.exec.Literals;
import org.onnxghn.trainer.exec.NodeCode;
import org.onnxghn.trainer.exec.Unsupported;

/** MatMul, Gemm, Einsum and their fused forms. */
final class MatrixProducts {
  /** The only string of a model that PyTorch gets to see. */
  private static final Pattern EQUATION = Pattern.compile("[A-Za-z.,\\-> ]{1,400}");

  private MatrixProducts() {}

  static void register(Operators.Registry registry) {
    registry.add("MatMul", n -> n.out("torch.matmul(%s, %s)", n.in(0), n.in(1)));
    registry.add("Gemm", n -> n.out(gemm(n)));
    registry.add("com.microsoft::FusedGemm", n -> n.out(Settings.activation(n, n.name(gemm(n)))));
    registry.add("com.microsoft::FusedMatMul", MatrixProducts::fusedMatMul);
    registry.add("com.microsoft::TransposeMatMul", MatrixProducts::fusedMatMul);
    registry.add("Einsum", MatrixProducts::einsum);
    registry.add("Det", n -> n.out("torch.det(%s)", n.in(0)));
    registry.add("com.microsoft::CDist", MatrixProducts::distances);
    registry.add("com.microsoft::Inverse", n -> n.out("torch.inverse(%s)", n.in(0)));
  }

  private static String gemm(NodeCode node) {
    String a = node.in(0);
    String b = node.in(1);
    a = node.attribute("transA", 0) != 0 ? "torch.t(" + a + ")" : a;
    b = node.attribute("transB", 0) != 0 ? "torch.t(" + b + ")" : b;
    double alpha = node.attribute("alpha", 1.0);
    double beta = node.attribute("beta", 1.0);
    if (!node.has(2)) {
      String product = "torch.mm(" + a + ", " + b + ")";
      return alpha == 1 ? product : "torch.mul(" + product + ", " + Literals.of(alpha) + ")";
    }
    String settings =
        alpha == 1 && beta == 1
            ? ""
            : ", beta=" + Literals.of(beta) + ", alpha=" + Literals.of(alpha);
    return "torch.addmm(" + node.in(2) + ", " + a + ", " + b + settings + ")";
  }

  private static void fusedMatMul(NodeCode node) {
    if (node.attribute("transBatchA", 0) != 0 || node.attribute("transBatchB", 0) != 0) {
      throw new Unsupported("transposed batch dimensions");
    }
    String a = node.in(0);
    String b = node.in(1);
    a = node.attribute("transA", 0) != 0 ? "torch.transpose(" + a + ", -1, -2)" : a;
    b = node.attribute("transB", 0) != 0 ? "torch.transpose(" + b + ", -1, -2)" : b;
    String product = "torch.matmul(" + a + ", " + b + ")";
    double alpha = node.attribute("alpha", 1.0);
    node.out(alpha == 1 ? product : "torch.mul(" + product + ", " + Literals.of(alpha) + ")");
  }

  private static void distances(NodeCode node) {
    String metric = node.attribute("metric", "sqeuclidean");
    if (!metric.equals("euclidean") && !metric.equals("sqeuclidean")) {
      throw new Unsupported("a metric of another kind");
    }
    node.out(node.call("distances", node.in(0), node.in(1), metric.equals("sqeuclidean")));
  }

  private static void einsum(NodeCode node) {
    String equation = node.attribute("equation", "");
    if (!EQUATION.matcher(equation).matches()) {
      throw new Unsupported("its equation has other characters than letters and . , - >");
    }
    List<String> operands = new ArrayList<>();
    for (int i = 0; i < node.inputs(); i++) {
      operands.add(node.in(i));
    }
    node.out("torch.einsum(\"%s\", [%s])", equation, String.join(", ", operands));
  }
}
