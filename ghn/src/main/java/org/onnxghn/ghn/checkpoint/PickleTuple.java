package org.onnxghn.ghn.checkpoint;

import java.util.List;

/** A tuple of a pickle. */
record PickleTuple(List<Object> items) {}
