package io.boxcar.proxy.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/**
 * By what a file can be told from the one that was there before: what the directory says of it. Kubernetes replaces a mounted file by
 * changing a symbolic link above it, which makes the real path another one.
 */
public record FileState(Path realPath, @Nullable Object key, FileTime modified, long bytes) {
    /** Null if it cannot be looked at: it is just being replaced, or gone. */
    public static @Nullable FileState of(Path file) {
        try {
            Path real = file.toRealPath();
            BasicFileAttributes attributes = Files.readAttributes(real, BasicFileAttributes.class);
            return new FileState(real, attributes.fileKey(), attributes.lastModifiedTime(), attributes.size());
        } catch (IOException e) {
            return null;
        }
    }
}
