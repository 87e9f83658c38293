/** The command {@code onnx-ghn}; a class per subcommand. */
package org.onnxghn.converter.cli;
