package org.onnxghn.converter.initializers;

import org.onnxghn.graph.Role;
import org.onnxghn.onnx.Shape;

/**
 * A tensor to be initialised.
 *
 * @param name as stored
 * @param role what it does in its layer
 * @param shape in which values are laid out
 * @param fans of the layer's weight; for a bias, those of the weight that it belongs to, or null
 *     when no weight is known
 * @param hidden size of a recurrent layer's state, 0 for others
 */
public record Target(String name, Role role, Shape shape, Fans fans, long hidden) {}
