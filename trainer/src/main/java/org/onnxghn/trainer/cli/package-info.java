/** The commands of this module; the root command finds them as services. */
package org.onnxghn.trainer.cli;
