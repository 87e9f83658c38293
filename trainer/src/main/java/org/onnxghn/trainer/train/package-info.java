/** Trains hypernetworks (paper section 3, GHN3.md 10). */
package org.onnxghn.trainer.train;
