package org.onnxghn.converter.runtime;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.platform.Fp16Conversions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.onnxghn.converter.images.ImageException;
import org.onnxghn.converter.images.Images;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.onnx.ElementType;

/** Turns images into a model's input, in one buffer that all batches share. */
final class ImageTensors {
  private final ImageInput input;
  private final Images images;
  private final float[][] table;
  private final byte[] planes;
  private final ByteBuffer buffer;

  /**
   * @param batch images of the largest batch
   */
  ImageTensors(ImageInput input, Images images, Normalisation normalisation, int batch) {
    this.input = input;
    this.images = images;
    this.table = normalisation.forChannels(images.channels()).table();
    this.planes = new byte[images.imageBytes()];
    long bytes = (long) batch * planes.length * (input.type().bits() / 8);
    if (bytes > Integer.MAX_VALUE) {
      throw new ImageException(
          ImageException.TOO_LARGE,
          "a batch of %d images of %dx%d exceeds 2 GB"
              .formatted(batch, images.height(), images.width()),
          "Choose a smaller batch.");
    }
    this.buffer = ByteBuffer.allocateDirect((int) bytes).order(ByteOrder.nativeOrder());
  }

  /** A batch of these images, in this order; valid until the next call. The caller closes it. */
  OnnxTensor of(OrtEnvironment environment, int[] indices) throws OrtException {
    buffer.clear();
    for (int index : indices) {
      images.read(index, planes);
      put();
    }
    buffer.flip();
    long[] shape =
        input.channelsLast()
            ? new long[] {indices.length, images.height(), images.width(), images.channels()}
            : new long[] {indices.length, images.channels(), images.height(), images.width()};
    return OnnxTensor.createTensor(environment, buffer, shape, javaType(input.type()));
  }

  private void put() {
    int pixels = images.height() * images.width();
    if (input.channelsLast()) {
      for (int pixel = 0; pixel < pixels; pixel++) {
        for (int channel = 0; channel < table.length; channel++) {
          put(table[channel][planes[channel * pixels + pixel] & 0xff]);
        }
      }
      return;
    }
    for (int channel = 0; channel < table.length; channel++) {
      for (int at = channel * pixels; at < (channel + 1) * pixels; at++) {
        put(table[channel][planes[at] & 0xff]);
      }
    }
  }

  private void put(float value) {
    switch (input.type()) {
      case FLOAT16 -> buffer.putShort(Fp16Conversions.floatToFp16(value));
      case DOUBLE -> buffer.putDouble(value);
      default -> buffer.putFloat(value);
    }
  }

  private static OnnxJavaType javaType(ElementType type) {
    return switch (type) {
      case FLOAT16 -> OnnxJavaType.FLOAT16;
      case DOUBLE -> OnnxJavaType.DOUBLE;
      default -> OnnxJavaType.FLOAT;
    };
  }
}
