package org.onnxghn.onnx;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.onnxghn.onnx.proto.ModelProto;

/**
 * The content of a model file: mapped, and copied to the heap once, since protobuf-java 4.36 has no
 * byte strings elsewhere.
 *
 * @param content all of it; the byte strings of the parsed model point into it
 * @param folder where its external data is
 */
record ModelFile(ByteString content, ModelFolder folder) {
  private static final long LONGEST_ARRAY = Integer.MAX_VALUE - 8;

  /**
   * Reads a file through a mapping.
   *
   * @throws OnnxException OG-100 or OG-101
   */
  static ModelFile read(Path path, ModelLimits limits) {
    if (!Files.isRegularFile(path)) {
      throw unreadable(
          Files.exists(path) ? "it is not a regular file" : "there is no such file", null);
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long limit = Math.min(limits.fileBytes(), LONGEST_ARRAY);
      if (channel.size() > limit) {
        throw new OnnxException(
            OnnxCodes.FILE_TOO_LARGE,
            "the file has " + channel.size() + " bytes; the limit is " + limit,
            "Protobuf ends at 2 GB: export the model with external data.");
      }
      ByteString content =
          UnsafeByteOperations.unsafeWrap(
              channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
      return new ModelFile(content, ModelFolder.of(path));
    } catch (OutOfMemoryError e) {
      // One large allocation: when it fails there is still room to say so.
      throw new OnnxException(
          OnnxCodes.FILE_TOO_LARGE,
          "the file does not fit in the Java heap",
          "Give the JVM more memory (-Xmx), or export the model with external data.",
          e);
    } catch (NoSuchFileException e) {
      throw unreadable("there is no such file", e);
    } catch (IOException e) {
      throw unreadable(String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * The content as a protobuf.
   *
   * @throws OnnxException OG-102 when it is none, or nested deeper than protobuf allows (100)
   */
  ModelProto parse(ModelLimits limits) {
    if (content.isEmpty()) {
      throw notOnnx("the file is empty", null);
    }
    try {
      WireScan.check(content, limits);
      CodedInputStream in = content.newCodedInput();
      in.enableAliasing(true);
      in.setSizeLimit(Integer.MAX_VALUE);
      return ModelProto.parseFrom(in);
    } catch (InvalidProtocolBufferException e) {
      throw notOnnx("not an ONNX protobuf, or damaged: " + e.getMessage(), e);
    } catch (IOException e) {
      throw unreadable(String.valueOf(e.getMessage()), e);
    }
  }

  /** SHA-256 of the content, in hexadecimal. */
  static String sha256(ByteString content) {
    MessageDigest digest = Sha256.digest();
    content.asReadOnlyByteBufferList().forEach(digest::update);
    return HexFormat.of().formatHex(digest.digest());
  }

  private static OnnxException unreadable(String reason, Throwable cause) {
    return new OnnxException(
        OnnxCodes.UNREADABLE,
        "the file cannot be read: " + reason,
        "Check the path, and that you may read the file.",
        cause);
  }

  private static OnnxException notOnnx(String message, Throwable cause) {
    return new OnnxException(
        OnnxCodes.NOT_ONNX,
        message,
        "Check that the file is an ONNX model (not a .pt or .zip), and was copied completely.",
        cause);
  }
}
