/** All that runs in ONNX Runtime. */
package org.onnxghn.converter.runtime;
