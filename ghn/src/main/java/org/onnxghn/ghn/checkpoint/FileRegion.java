package org.onnxghn.ghn.checkpoint;

/** Bytes that are left in their file, such as a pickle's bytes object or a storage. */
record FileRegion(FileBytes file, long offset, long length) {}
