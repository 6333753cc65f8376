package io.boxcar.proxy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The memory that the container may have, from the files of Linux's control groups (cgroups(7)). The JVM and Netty have limits of their
 * own, which are fixed, so that a sidecar behaves the same on every machine; together they should fit in.
 *
 * @param files the limit of version 2 and of version 1, in this order; none of them need exist
 */
record MemoryLimit(List<Path> files) {
    /** What neither the heap nor network buffers are: the JVM itself, classes, compiled code, stacks. Measured: RATIONALE. */
    private static final long OTHER_BYTES = 80L << 20;

    static MemoryLimit ofThisContainer() {
        return new MemoryLimit(
                List.of(Path.of("/sys/fs/cgroup/memory.max"), Path.of("/sys/fs/cgroup/memory/memory.limit_in_bytes")));
    }

    /**
     * Whether the kernel could end this process while it keeps to its own limits.
     *
     * @return null if not, else a sentence that says so, and what to do
     */
    @Nullable
    String shortage(long maxHeapBytes, long maxDirectBytes) {
        long limitBytes = bytes();
        if (limitBytes >= maxHeapBytes + maxDirectBytes + OTHER_BYTES) {
            return null;
        }
        long halfBytes = Math.max(0, limitBytes - OTHER_BYTES) / 2;
        return String.format(
                Locale.ROOT,
                "the memory limit of this container, %d MiB, is less than the heap (%d MiB), network buffers (%d MiB) and the JVM (%d MiB)"
                        + " may take together: under heavy load the kernel may end Boxcar. Raise it, or lower the others, as in"
                        + " BOXCAR_JAVA_OPTS=\"-Xmx%dm -XX:MaxDirectMemorySize=%dm\"",
                limitBytes >> 20,
                maxHeapBytes >> 20,
                maxDirectBytes >> 20,
                OTHER_BYTES >> 20,
                Math.max(16, halfBytes >> 20),
                Math.max(16, halfBytes >> 20));
    }

    private long bytes() {
        for (Path file : files) {
            try {
                String text = Files.readString(file).strip();
                return text.equals("max") ? Long.MAX_VALUE : Long.parseLong(text);
            } catch (IOException | NumberFormatException notThisVersion) {
                // Another version of control groups, or none.
            }
        }
        return Long.MAX_VALUE;
    }
}
