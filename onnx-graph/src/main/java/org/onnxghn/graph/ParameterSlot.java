package org.onnxghn.graph;

import org.onnxghn.onnx.Shape;

/**
 * Where a predicted tensor goes.
 *
 * @param parameter key of the parameter, see {@link Parameter#name}
 * @param role what the tensor does in its layer
 * @param shape the shape in the hypernetwork's layout (Linear out x in), row-major
 * @param layout from that layout to the stored one
 */
public record ParameterSlot(String parameter, Role role, Shape shape, Layout layout) {}
