package io.boxcar.proxy.tls;

import io.boxcar.proxy.config.FileState;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Notices that files change. Owned by one thread. */
final class WatchedFiles {
    private final List<Path> files;
    private List<Optional<FileState>> last;

    /** @param paths empty ones are left out */
    WatchedFiles(List<String> paths) {
        this.files =
                paths.stream().filter(path -> !path.isEmpty()).map(Path::of).toList();
        this.last = look();
    }

    /** Whether anything is different from the last time. */
    boolean haveChanged() {
        List<Optional<FileState>> now = look();
        boolean changed = !now.equals(last);
        last = now;
        return changed;
    }

    private List<Optional<FileState>> look() {
        return files.stream()
                .map(file -> Optional.ofNullable(FileState.of(file)))
                .toList();
    }
}
