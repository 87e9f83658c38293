package org.onnxghn.trainer.exec;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * TorchScript text, loaded: every operator of PyTorch with gradients, from Java.
 *
 * <p>The text is the {@code code/__torch__.py} of a TorchScript archive that is put together in
 * memory: functions, and a class {@code Program} whose {@code forward} takes one list of tensors
 * and returns one. It is run as it stands, without PyTorch's graph optimizer, which costs more than
 * a second per network (shared/DJL.md). Any thread may call {@link #run}.
 */
public final class TorchScriptModule implements AutoCloseable {
  /** Pickled {@code __torch__.Program} without attributes; protocol 2. */
  private static final byte[] DATA =
      "\u0080\u0002c__torch__\nProgram\nq\u0000)\u0081q\u0001}q\u0002b."
          .getBytes(StandardCharsets.ISO_8859_1);

  /** An empty pickled tuple: the text names no constants. */
  private static final byte[] CONSTANTS = "\u0080\u0002).".getBytes(StandardCharsets.ISO_8859_1);

  /** The archive version whose operator schemas PyTorch 2 writes. */
  private static final byte[] VERSION = "10\n".getBytes(StandardCharsets.US_ASCII);

  private final PtNDManager manager;
  private final PtSymbolBlock block;

  private TorchScriptModule(PtNDManager manager, PtSymbolBlock block) {
    this.manager = manager;
    this.block = block;
  }

  /**
   * The text of a module whose {@code forward} has this body.
   *
   * @param body statements, a line each, in terms of the list {@code t}; they return a list
   */
  public static String text(List<String> body) {
    return "class Program(Module):\n  __parameters__ = []\n  __buffers__ = []\n"
        + "  def forward(self, t: List[Tensor]) -> List[Tensor]:\n"
        + body.stream().map(line -> "    " + line + "\n").collect(Collectors.joining());
  }

  /**
   * Loads the text.
   *
   * @throws ai.djl.engine.EngineException when PyTorch refuses the text
   */
  public static TorchScriptModule load(Device device, String text) {
    JniUtils.setGraphExecutorOptimize(false);
    // The module closes with its manager, so it has one of its own.
    PtNDManager manager = (PtNDManager) NDManager.newBaseManager(device, "PyTorch");
    try {
      InputStream archive = new ByteArrayInputStream(archive(text));
      return new TorchScriptModule(manager, JniUtils.loadModule(manager, archive, false, false));
    } catch (IOException e) {
      manager.close();
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  /**
   * Runs {@code forward}; gradients are recorded when grad mode is on for this thread.
   *
   * @param arguments at least one
   * @param results the manager that the results belong to
   */
  public NDList run(List<NDArray> arguments, NDManager results) {
    JniUtils.setGraphExecutorOptimize(false);
    NDList list = new NDList(arguments.size());
    for (NDArray argument : arguments) {
      list.add(new Argument(manager, ((PtNDArray) argument).getHandle(), (PtNDManager) results));
    }
    return IValueUtils.forward(block, list, true);
  }

  @Override
  public void close() {
    block.close();
    manager.close();
  }

  /**
   * A second Java view of an array that goes into the list argument: DJL reads that from the
   * array's name, and the name of the caller's array must not change.
   */
  private static final class Argument extends PtNDArray {
    private final PtNDManager results;

    Argument(PtNDManager manager, long handle, PtNDManager results) {
      super(manager, handle);
      this.results = results;
      // Nobody else may free the tensor through this view.
      manager.detachInternal(getUid());
      NDScope.unregister(this);
    }

    /** DJL attaches results to the manager of the first argument. */
    @Override
    public PtNDManager getManager() {
      return results;
    }

    @Override
    public String getName() {
      return "arguments[]";
    }

    /** The tensor belongs to the array that this one stands for. */
    @Override
    public void close() {}
  }

  private static byte[] archive(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length() + 1024);
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      store(zip, "program/code/__torch__.py", text.getBytes(StandardCharsets.US_ASCII));
      store(zip, "program/data.pkl", DATA);
      store(zip, "program/constants.pkl", CONSTANTS);
      store(zip, "program/version", VERSION);
    }
    return bytes.toByteArray();
  }

  /** Stored, not deflated: PyTorch's reader takes nothing else. */
  private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    CRC32 crc = new CRC32();
    crc.update(content);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCompressedSize(content.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
