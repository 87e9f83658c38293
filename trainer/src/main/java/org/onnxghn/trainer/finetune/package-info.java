/** Trains the parameters of an ONNX image classifier and writes them back into its file. */
package org.onnxghn.trainer.finetune;
