/** Images on their way into training: augmented and batched ahead of time, reproducibly. */
package org.onnxghn.trainer.data;
