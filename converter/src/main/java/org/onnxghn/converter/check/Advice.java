package org.onnxghn.converter.check;

/**
 * What others' experience recommends for a model; no finding, and never a reason to fail.
 *
 * @param code stable
 * @param text the advice and its evidence
 */
public record Advice(String code, String text) {}
