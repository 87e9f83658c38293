/** What moves parameters: optimizers, schedules of the learning rate, clipping of gradients. */
package org.onnxghn.trainer.optim;
