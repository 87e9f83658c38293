package org.onnxghn.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads event files back with protobuf-java. */
class TensorBoardLogTest {
  @TempDir private Path folder;

  /** RFC 3720, B.4: 32 bytes of zeros have CRC-32C 0x8a9136aa. */
  @Test
  void masksTheCrc() {
    int crc = 0x8a9136aa;
    int masked = ((crc >>> 15) | (crc << 17)) + 0xa282ead8;
    assertThat(TensorBoardLog.maskedCrc(new byte[32])).isEqualTo(masked);
  }

  @Test
  void scalarsComeBack() throws IOException {
    try (RunFolder run = RunFolder.create(folder);
        TensorBoardLog log = new TensorBoardLog(run, 0)) {
      log.scalar("train/loss", 1.5, 300);
    }
    List<byte[]> records = records();
    assertThat(records).hasSize(2);
    assertThat(new String(records.get(0), StandardCharsets.ISO_8859_1)).endsWith("brain.Event:2");
    CodedInputStream event = CodedInputStream.newInstance(records.get(1));
    event.readTag();
    assertThat(event.readDouble()).isGreaterThan(1.7e9);
    assertThat(WireFormat.getTagFieldNumber(event.readTag())).isEqualTo(2);
    assertThat(event.readInt64()).isEqualTo(300);
    assertThat(WireFormat.getTagFieldNumber(event.readTag())).isEqualTo(5);
    CodedInputStream summary = event.readBytes().newCodedInput();
    summary.readTag();
    CodedInputStream point = summary.readBytes().newCodedInput();
    point.readTag();
    assertThat(point.readString()).isEqualTo("train/loss");
    point.readTag();
    assertThat(point.readFloat()).isEqualTo(1.5f);
    assertThat(point.isAtEnd()).isTrue();
  }

  /** What a killed process wrote after the state that the run goes on from is void. */
  @Test
  void aResumedRunBeginsASessionAtItsNextStep() throws IOException {
    try (RunFolder run = RunFolder.create(folder);
        TensorBoardLog log = new TensorBoardLog(run, 30)) {
      log.scalar("train/loss", 1.5, 31);
    }
    CodedInputStream event = CodedInputStream.newInstance(records().get(1));
    event.readTag();
    event.readDouble();
    event.readTag();
    assertThat(event.readInt64()).isEqualTo(31);
    assertThat(WireFormat.getTagFieldNumber(event.readTag())).as("session_log").isEqualTo(7);
    CodedInputStream session = event.readBytes().newCodedInput();
    assertThat(WireFormat.getTagFieldNumber(session.readTag())).as("status").isEqualTo(1);
    assertThat(session.readInt64()).as("START").isEqualTo(1);
  }

  private List<byte[]> records() throws IOException {
    Path file;
    try (Stream<Path> files = Files.list(folder)) {
      file = files.filter(f -> f.toString().contains("tfevents")).findFirst().orElseThrow();
    }
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<byte[]> records = new ArrayList<>();
    while (bytes.hasRemaining()) {
      byte[] data = new byte[(int) bytes.getLong()];
      bytes.getInt();
      bytes.get(data);
      CRC32C crc = new CRC32C();
      crc.update(data);
      int masked = Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
      assertThat(bytes.getInt()).isEqualTo(masked);
      records.add(data);
    }
    return records;
  }
}
