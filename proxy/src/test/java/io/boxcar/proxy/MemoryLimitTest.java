package io.boxcar.proxy;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryLimitTest {
    private static final long MIB = 1 << 20;

    @TempDir
    private Path dir = Path.of("");

    private MemoryLimit limit(String text) throws Exception {
        return new MemoryLimit(List.of(dir.resolve("none"), Files.writeString(dir.resolve("limit"), text + "\n")));
    }

    @Test
    void aContainerThatIsTooSmallIsToldWithWhatWouldFit() throws Exception {
        String shortage = limit(Long.toString(256 * MIB)).shortage(256 * MIB, 1024 * MIB);
        assertNotNull(shortage);
        assertTrue(shortage.startsWith("the memory limit of this container, 256 MiB, is less than the heap (256 MiB)"));
        assertTrue(shortage.endsWith("\"-Xmx88m -XX:MaxDirectMemorySize=88m\""), shortage);
    }

    @Test
    void nothingIsToldIfAllFitsOrThereIsNoLimit() throws Exception {
        assertNull(limit(Long.toString(512 * MIB)).shortage(128 * MIB, 256 * MIB));
        assertNull(limit("max").shortage(256 * MIB, 1024 * MIB));
        assertNull(new MemoryLimit(List.of(dir.resolve("none"))).shortage(256 * MIB, 1024 * MIB));
    }
}
