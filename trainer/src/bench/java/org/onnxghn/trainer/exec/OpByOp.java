package org.onnxghn.trainer.exec;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import java.util.Map;

/** ResNet-18 of torchvision as DJL calls. */
final class OpByOp {
  private OpByOp() {}

  static NDArray resnet18(NDArray input, Map<String, NDArray> p) {
    NDArray x = relu(norm(conv(input, p, "conv1.weight", 2, 3), p, "bn1"));
    x = Pool.maxPool2d(x, new Shape(3, 3), new Shape(2, 2), new Shape(1, 1), false);
    for (int stage = 1; stage <= 4; stage++) {
      for (int block = 0; block < 2; block++) {
        String name = "layer" + stage + "." + block + ".";
        int stride = stage > 1 && block == 0 ? 2 : 1;
        NDArray y = relu(norm(conv(x, p, name + "conv1.weight", stride, 1), p, name + "bn1"));
        y = norm(conv(y, p, name + "conv2.weight", 1, 1), p, name + "bn2");
        if (stride == 2) {
          x = conv(x, p, name + "downsample.0.weight", 2, 0);
          x = norm(x, p, name + "downsample.1");
        }
        x = relu(x.add(y));
      }
    }
    x = Pool.globalAvgPool2d(x);
    return linear(x.reshape(x.getShape().get(0), -1), p.get("fc.weight"), p.get("fc.bias"));
  }

  private static NDArray conv(
      NDArray x, Map<String, NDArray> p, String weight, int stride, int pad) {
    return Conv2d.conv2d(
            x, p.get(weight), null, new Shape(stride, stride), new Shape(pad, pad), new Shape(1, 1))
        .singletonOrThrow();
  }

  private static NDArray norm(NDArray x, Map<String, NDArray> p, String name) {
    return BatchNorm.batchNorm(
            x,
            p.get(name + ".running_mean"),
            p.get(name + ".running_var"),
            p.get(name + ".weight"),
            p.get(name + ".bias"),
            1,
            0.1f,
            1e-5f,
            false)
        .singletonOrThrow();
  }

  static NDArray relu(NDArray x) {
    return Activation.relu(new NDList(x)).singletonOrThrow();
  }

  static NDArray linear(NDArray x, NDArray weight, NDArray bias) {
    return ai.djl.nn.core.Linear.linear(x, weight, bias).singletonOrThrow();
  }
}
