/** What is in a model, and drawings of the graph that a hypernetwork sees. */
package org.onnxghn.converter.inspect;
