package org.onnxghn.converter.runtime;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.onnxghn.converter.images.ImageSpec;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.TensorShapeProto;
import org.onnxghn.onnx.proto.TypeProto;
import org.onnxghn.onnx.proto.ValueInfoProto;

/**
 * The one input of a model that takes images, as the model declares it: rank 4 and of a
 * floating-point type, planes first ({@code N x C x H x W}) or, where only that fits, channels last
 * (as TensorFlow exports).
 *
 * @param name as stored
 * @param channelsLast whether it is {@code N x H x W x C}
 * @param batch images of a batch, 0 when the model leaves that free
 * @param channels 1 or 3; 3 when left free
 * @param height 0 when left free
 * @param width 0 when left free
 * @param type float32, float16 or float64
 */
public record ImageInput(
    String name,
    boolean channelsLast,
    int batch,
    int channels,
    int height,
    int width,
    ElementType type) {
  private static final Set<ElementType> TYPES =
      Set.of(ElementType.FLOAT, ElementType.FLOAT16, ElementType.DOUBLE);
  private static final int RANK = 4;
  private static final int MAX_BATCH = 1 << 16;

  /**
   * Finds it.
   *
   * @throws InferenceException OG-430 when the model has other inputs than one of images
   */
  public static ImageInput of(OnnxModel model) {
    GraphProto graph = model.proto().getGraph();
    Set<String> initialized = new HashSet<>();
    graph.getInitializerList().forEach(tensor -> initialized.add(tensor.getName()));
    graph
        .getSparseInitializerList()
        .forEach(tensor -> initialized.add(tensor.getValues().getName()));
    List<ValueInfoProto> inputs =
        graph.getInputList().stream()
            .filter(input -> !initialized.contains(input.getName()))
            .toList();
    if (inputs.size() != 1) {
      String names =
          inputs.stream().limit(5).map(ValueInfoProto::getName).collect(Collectors.joining(", "));
      throw refused(
          "the model has %d inputs without a value (%s)".formatted(inputs.size(), names),
          "Only models of one input of images can be run; give a model without weights its weights"
              + " with `onnx-ghn convert` first.");
    }
    return of(inputs.get(0));
  }

  private static ImageInput of(ValueInfoProto input) {
    TypeProto.Tensor tensor = input.getType().getTensorType();
    ElementType type = ElementType.of(tensor.getElemType());
    TensorShapeProto shape = tensor.getShape();
    if (!TYPES.contains(type) || shape.getDimCount() != RANK) {
      throw refused(
          "input %s is %s of rank %d, which is no batch of images"
              .formatted(input.getName(), type.label(), shape.getDimCount()),
          "Images are floating-point tensors of rank 4.");
    }
    int[] dims = new int[RANK];
    for (int axis = 0; axis < RANK; axis++) {
      long dim = shape.getDim(axis).getDimValue();
      dims[axis] = dim < 0 || dim > MAX_BATCH ? MAX_BATCH + 1 : (int) dim;
    }
    boolean first = dims[1] == 1 || dims[1] == 3;
    boolean last = !first && (dims[3] == 1 || dims[3] == 3);
    if (dims[0] > MAX_BATCH || !first && !last && dims[1] != 0) {
      throw refused(
          "input %s has dimensions %s, which are no batch of grey or colour images"
              .formatted(
                  input.getName(), shape.getDimList().stream().map(ImageInput::text).toList()),
          "Images have 1 or 3 channels, in dimension 1 or 3.");
    }
    return last
        ? new ImageInput(input.getName(), true, dims[0], dims[3], dims[1], dims[2], type)
        : new ImageInput(
            input.getName(), false, dims[0], first ? dims[1] : 3, dims[2], dims[3], type);
  }

  private static String text(TensorShapeProto.Dimension dim) {
    return dim.hasDimValue() ? Long.toString(dim.getDimValue()) : "?" + dim.getDimParam();
  }

  /**
   * What images must be made into.
   *
   * @param size rows and columns; 0 for what the model declares
   * @param resize shorter side before the crop; 0 for {@link ImageSpec#evaluation}'s
   * @throws InferenceException OG-430 when the model leaves the size free and none is given
   */
  public ImageSpec spec(int size, int resize) {
    int rows = size > 0 ? size : height;
    int columns = size > 0 ? size : width;
    if (rows == 0 || columns == 0) {
      throw refused(
          "the model takes images of any size", "Say with --image-size which one it is for.");
    }
    return resize > 0
        ? new ImageSpec(channels, rows, columns, resize)
        : ImageSpec.evaluation(channels, rows, columns);
  }

  private static InferenceException refused(String message, String fix) {
    return new InferenceException(InferenceException.NO_IMAGE_INPUT, message, fix);
  }
}
