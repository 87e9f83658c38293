/** What hypernetworks are worth: the protocols of the paper's tables. */
package org.onnxghn.trainer.eval;
