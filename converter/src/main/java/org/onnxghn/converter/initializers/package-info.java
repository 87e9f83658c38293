/** Initializers for parameters that the hypernetwork does not predict. */
package org.onnxghn.converter.initializers;
