package io.boxcar.proxy.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/** Notices that files change, also where a link in their path is swapped, as Kubernetes does it. Owned by one thread. */
final class WatchedFiles {
    private static final String ABSENT = "absent";

    private final List<String> paths;
    private List<String> last;

    /** @param paths empty ones are left out */
    WatchedFiles(List<String> paths) {
        this.paths = paths.stream().filter(path -> !path.isEmpty()).toList();
        this.last = look();
    }

    /** Whether anything is different from the last time. */
    boolean haveChanged() {
        List<String> now = look();
        boolean changed = !now.equals(last);
        last = now;
        return changed;
    }

    private List<String> look() {
        List<String> looks = new ArrayList<>();
        for (String path : paths) {
            looks.add(look(path));
        }
        return looks;
    }

    private static String look(String path) {
        try {
            Path real = Path.of(path).toRealPath();
            BasicFileAttributes attributes = Files.readAttributes(real, BasicFileAttributes.class);
            return real + " " + attributes.lastModifiedTime() + " " + attributes.size() + " " + attributes.fileKey();
        } catch (IOException e) {
            return ABSENT;
        }
    }
}
