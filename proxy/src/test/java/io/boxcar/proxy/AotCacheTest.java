package io.boxcar.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AotCacheTest {
    @TempDir
    private Path dir = Path.of("");

    @Test
    void aCacheThatIsMappedIsNoObstacle() throws Exception {
        Path cache = Files.createFile(dir.resolve("boxcar.aot"));
        assertNull(new AotCache(cache, maps("7f00-7f10 r--p 00000000 00:1b 1  " + cache.toRealPath())).obstacle());
    }

    @Test
    void aCacheThatTheJvmDroppedIsTold() throws Exception {
        Path cache = Files.createFile(dir.resolve("boxcar.aot"));
        String obstacle = new AotCache(cache, maps("7f00-7f10 r--p 00000000 00:1b 1  /lib/libc.so.6")).obstacle();
        assertTrue(
                String.valueOf(obstacle).startsWith("this JVM, or the launcher, does not accept " + cache), obstacle);
    }

    @Test
    void aCacheThatIsNotThereIsTold() throws Exception {
        Path cache = dir.resolve("boxcar.aot");
        assertEquals(
                cache + " does not exist; the build makes it (proxy/bin/make-aot-cache)",
                new AotCache(cache, maps("")).obstacle());
    }

    @Test
    void nothingIsToldWhereNoneIsWantedOrItCannotBeKnown() throws Exception {
        assertNull(new AotCache(null, maps("")).obstacle());
        Path cache = Files.createFile(dir.resolve("boxcar.aot"));
        assertNull(new AotCache(cache, dir.resolve("no-such-file")).obstacle());
    }

    private Path maps(String line) throws Exception {
        return Files.writeString(dir.resolve("maps"), line + "\n");
    }
}
