package org.onnxghn.ghn.checkpoint;

/** A class or function that a pickle names; never looked up, only compared. */
record PickleGlobal(String module, String name) {
  @Override
  public String toString() {
    return module + "." + name;
  }
}
