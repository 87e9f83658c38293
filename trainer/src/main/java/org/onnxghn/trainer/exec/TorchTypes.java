package org.onnxghn.trainer.exec;

import org.onnxghn.onnx.ElementType;

/** PyTorch's numbers of element types, as TorchScript text has them. */
public final class TorchTypes {
  static final int INT64 = 4;
  static final int BOOL = 11;

  private TorchTypes() {}

  /**
   * The number of the type that stands for an ONNX type: the same, or for the unsigned types that
   * PyTorch computes little with, the next larger signed one. -1 when there is none.
   */
  static int of(ElementType type) {
    return switch (type) {
      case UINT8 -> 0;
      case INT8 -> 1;
      case INT16 -> 2;
      case INT32, UINT16 -> 3;
      case INT64, UINT32, UINT64 -> INT64;
      case FLOAT16 -> 5;
      case FLOAT -> 6;
      case DOUBLE -> 7;
      case BOOL -> BOOL;
      case BFLOAT16 -> 15;
      default -> -1;
    };
  }

  /**
   * As {@link #of} for a number in an ONNX file.
   *
   * @throws Unsupported when there is none
   */
  public static int require(long onnxType) {
    ElementType element = ElementType.of((int) onnxType);
    int type = of(element);
    if (type < 0) {
      throw new Unsupported("element type " + element.label());
    }
    return type;
  }

  /** What a Cast node casts to, which before version 6 it says in words. */
  public static int castTarget(NodeCode node) {
    return node.opset() < 6
        ? named(node.attribute("to", "UNDEFINED"))
        : require(node.attribute("to", 0));
  }

  private static int named(String type) {
    for (ElementType element : ElementType.values()) {
      if (element.name().equals(type) && of(element) >= 0) {
        return of(element);
      }
    }
    throw new Unsupported("an element type of another name");
  }

  /** Whether tensors of the type count, index or tell true from false. */
  static boolean isInteger(ElementType type) {
    return switch (type) {
      case UINT8, INT8, INT16, INT32, INT64, UINT16, UINT32, UINT64, BOOL -> true;
      default -> false;
    };
  }
}
