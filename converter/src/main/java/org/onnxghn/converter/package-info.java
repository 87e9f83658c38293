/**
 * Converts ONNX models: {@link org.onnxghn.converter.Conversion} is the list of the steps, in
 * order.
 */
package org.onnxghn.converter;
