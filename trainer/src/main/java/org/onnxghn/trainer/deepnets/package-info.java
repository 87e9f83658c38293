/**
 * Architectures to train hypernetworks with: the DeepNets-1M search space (Knyazev et al. 2021,
 * GHN3.md 9) as ONNX models without weights.
 */
package org.onnxghn.trainer.deepnets;
