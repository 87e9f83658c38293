package org.onnxghn.converter.report;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Wall-clock time per step, in seconds. */
public record Seconds(
    @JsonProperty("import") double imported,
    double load,
    double predict,
    double recalibrate,
    double write,
    double verify,
    double total) {}
