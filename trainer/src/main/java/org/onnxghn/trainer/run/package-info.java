/** What every long run needs: its folder, stored state, metrics, curves, progress, and an end. */
package org.onnxghn.trainer.run;
