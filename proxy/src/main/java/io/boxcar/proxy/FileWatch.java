package io.boxcar.proxy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Tells when a file has become another one, by what the directory says of it. Kubernetes replaces a mounted file by changing a
 * symbolic link above it, which is a change too. Owned by one thread.
 */
final class FileWatch {
    private record Seen(Path realPath, @Nullable Object key, FileTime modified, long bytes) {}

    private final Path file;
    private @Nullable Seen known;
    private @Nullable Seen last;

    FileWatch(Path file) {
        this.file = file;
        this.known = look();
        this.last = known;
    }

    private @Nullable Seen look() {
        try {
            Path real = file.toRealPath();
            BasicFileAttributes attributes = Files.readAttributes(real, BasicFileAttributes.class);
            return new Seen(real, attributes.fileKey(), attributes.lastModifiedTime(), attributes.size());
        } catch (IOException e) {
            return null; // it is just being replaced, or gone
        }
    }

    /** Whether it has changed since the last yes, and was the same at the last two looks: else it may be half written. */
    boolean hasChanged() {
        Seen now = look();
        boolean isSettled = Objects.equals(now, last);
        last = now;
        if (now == null || !isSettled || now.equals(known)) {
            return false;
        }
        known = now;
        return true;
    }
}
