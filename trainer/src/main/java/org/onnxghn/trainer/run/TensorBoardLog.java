package org.onnxghn.trainer.run;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * Scalars for TensorBoard: an event file, which is a sequence of TFRecords (length, masked CRC-32C,
 * data, masked CRC-32C), each with one {@code tensorflow.Event} in protobuf form.
 */
public final class TensorBoardLog implements AutoCloseable {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH = 2;
  private static final int FIXED32 = 5;

  private static final int SESSION_START = 1;

  private final OutputStream out;
  private final Path path;

  /**
   * Begins a new event file in the folder, as TensorBoard wants it for each process.
   *
   * @param lastStep that the run had before, or 0; what other files have of later ones is void
   */
  public TensorBoardLog(RunFolder folder, long lastStep) {
    double now = System.currentTimeMillis() / 1e3;
    path = folder.file("events.out.tfevents.%d.onnx-ghn.%d".formatted((long) now, processId()));
    try {
      out = Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      Message event = new Message();
      event.fixed64(1, Double.doubleToLongBits(now));
      event.bytes(3, "brain.Event:2".getBytes(StandardCharsets.US_ASCII));
      record(event.toByteArray());
      if (lastStep > 0) {
        restart(now, lastStep + 1);
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** A session's start, at which TensorBoard forgets this step and later ones. */
  private void restart(double now, long step) throws IOException {
    Message session = new Message();
    session.varint(1, SESSION_START);
    Message event = new Message();
    event.fixed64(1, Double.doubleToLongBits(now));
    event.varint(2, step);
    event.bytes(7, session.toByteArray());
    record(event.toByteArray());
  }

  private static long processId() {
    return ProcessHandle.current().pid();
  }

  /** One number of a curve. */
  public void scalar(String tag, double value, long step) {
    Message point = new Message();
    point.bytes(1, tag.getBytes(StandardCharsets.UTF_8));
    point.fixed32(2, Float.floatToIntBits((float) value));
    Message summary = new Message();
    summary.bytes(1, point.toByteArray());
    Message event = new Message();
    event.fixed64(1, Double.doubleToLongBits(System.currentTimeMillis() / 1e3));
    event.varint(2, step);
    event.bytes(5, summary.toByteArray());
    try {
      record(event.toByteArray());
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private void record(byte[] data) throws IOException {
    byte[] length =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(data.length).array();
    ByteBuffer record =
        ByteBuffer.allocate(Long.BYTES + 2 * Integer.BYTES + data.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    record.put(length).putInt(maskedCrc(length)).put(data).putInt(maskedCrc(data));
    out.write(record.array());
    out.flush();
  }

  /** TensorFlow's mask: a CRC of data that holds CRCs would be weak. */
  static int maskedCrc(byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
  }

  private RunException failed(IOException e) {
    return new RunException(
        RunException.FILE,
        path + " cannot be written: " + e.getMessage(),
        "Check that the folder exists, may be written to, and has space.",
        e);
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** The few forms of protobuf fields that an event has. */
  private static final class Message {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    void varint(int field, long value) {
      raw(field << 3 | VARINT);
      raw(value);
    }

    void fixed64(int field, long bits) {
      raw(field << 3 | FIXED64);
      bytes.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(bits).array());
    }

    void fixed32(int field, int bits) {
      raw(field << 3 | FIXED32);
      bytes.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(bits).array());
    }

    void bytes(int field, byte[] content) {
      raw(field << 3 | LENGTH);
      raw(content.length);
      bytes.writeBytes(content);
    }

    private void raw(long value) {
      long left = value;
      while ((left & ~0x7fL) != 0) {
        bytes.write((int) (left & 0x7f | 0x80));
        left >>>= 7;
      }
      bytes.write((int) left);
    }

    byte[] toByteArray() {
      return bytes.toByteArray();
    }
  }
}
