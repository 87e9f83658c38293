/** Labelled image data sets: found, decoded, resized once, cached. */
package org.onnxghn.converter.images;
