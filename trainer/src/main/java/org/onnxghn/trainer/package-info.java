/**
 * Training on the JVM: the differentiable ONNX executor, fine-tuning of converted models, training
 * and evaluation of hypernetworks.
 */
package org.onnxghn.trainer;
