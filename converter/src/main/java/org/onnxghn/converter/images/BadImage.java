package org.onnxghn.converter.images;

/**
 * A file of a data set that is left out.
 *
 * @param name its path below the data set's folder
 * @param problem why
 */
public record BadImage(String name, String problem) {}
