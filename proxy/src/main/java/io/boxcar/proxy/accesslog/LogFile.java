package io.boxcar.proxy.accesslog;

import io.boxcar.proxy.config.AccessLogConfig;
import io.boxcar.proxy.log.Printable;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the lines go: a stream of the process, or a file, which is opened again when its name stands for another file or for
 * none, as after a rotation by renaming. Owned by the writer's thread.
 */
final class LogFile {
    private static final FileAttribute<Set<PosixFilePermission>> FOR_THE_GROUP =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"));

    private static final Set<StandardOpenOption> APPEND =
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND, StandardOpenOption.WRITE);

    private final @Nullable Path path;
    private FileChannel channel;
    private @Nullable Object fileKey;

    private LogFile(@Nullable Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    static LogFile open(String output) throws IOException {
        switch (output) {
            case AccessLogConfig.STDOUT -> {
                return new LogFile(null, new FileOutputStream(FileDescriptor.out).getChannel());
            }
            case AccessLogConfig.STDERR -> {
                return new LogFile(null, new FileOutputStream(FileDescriptor.err).getChannel());
            }
            default -> {
                Path path = Path.of(output);
                try {
                    LogFile file = new LogFile(path, open(path));
                    file.fileKey = keyOf(path);
                    return file;
                } catch (IOException e) {
                    throw new IOException(
                            "access-log.output = " + output + " cannot be written: " + Printable.line(e.toString())
                                    + "; choose a file in a folder that this process may write to",
                            e);
                }
            }
        }
    }

    private static FileChannel open(Path path) throws IOException {
        boolean isPosix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
        return isPosix ? FileChannel.open(path, APPEND, FOR_THE_GROUP) : FileChannel.open(path, APPEND);
    }

    private static @Nullable Object keyOf(Path path) throws IOException {
        return Files.readAttributes(path, java.nio.file.attribute.BasicFileAttributes.class)
                .fileKey();
    }

    void write(ByteBuffer lines) throws IOException {
        while (lines.hasRemaining()) {
            channel.write(lines);
        }
    }

    /** Opens the file again if it was moved or removed. */
    void followName() throws IOException {
        Path name = path;
        if (name == null || channel.isOpen() && Files.exists(name) && Objects.equals(keyOf(name), fileKey)) {
            return;
        }
        FileChannel next = open(name);
        channel.close();
        channel = next;
        fileKey = keyOf(name);
    }

    /** Streams of the process stay open: they are not ours alone. */
    void close() throws IOException {
        if (path != null) {
            channel.close();
        }
    }

    @Override
    public String toString() {
        return path == null ? "the stream" : path.toString();
    }
}
