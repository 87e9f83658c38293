/** The gate for CI: what could not be predicted in models, and why. */
package org.onnxghn.converter.check;
