package org.onnxghn.converter;

import org.onnxghn.converter.report.Source;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.Primitive;

/**
 * What a parameter is going to hold.
 *
 * @param parameter a trainable tensor
 * @param source where its values come from
 * @param primitive of the node that stands for it, or null
 * @param reason why it is not predicted, or null
 */
public record Assignment(Parameter parameter, Source source, Primitive primitive, String reason) {}
