package io.boxcar.proxy;

import io.boxcar.proxy.config.FileState;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Tells when a file has become another one. Owned by one thread. */
final class FileWatch {
    private final Path file;
    private @Nullable FileState known;
    private @Nullable FileState last;

    FileWatch(Path file) {
        this.file = file;
        this.known = FileState.of(file);
        this.last = known;
    }

    /** Whether it has changed since the last yes, and was the same at the last two looks: else it may be half written. */
    boolean hasChanged() {
        FileState now = FileState.of(file);
        boolean isSettled = Objects.equals(now, last);
        last = now;
        if (now == null || !isSettled || now.equals(known)) {
            return false;
        }
        known = now;
        return true;
    }
}
