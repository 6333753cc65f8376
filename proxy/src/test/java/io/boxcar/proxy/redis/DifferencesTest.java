package io.boxcar.proxy.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** {@code REDIS.md} is written from {@code commands.txt} and says what that says. */
final class DifferencesTest {
    private static final Path FILE = Path.of(System.getProperty("basedir", ""), "REDIS.md");

    @Test
    void theListOfDifferencesIsUpToDate() throws IOException {
        String generated = Differences.generate();
        if (Boolean.getBoolean("boxcar.redis.md")) {
            Files.writeString(FILE, generated);
        }
        String committed = Files.exists(FILE) ? Files.readString(FILE) : "";
        assertEquals(
                generated,
                committed,
                "proxy/REDIS.md is not what commands.txt says. Write it anew with:"
                        + " mvn -pl batching,metrics,proxy test -Dtest=DifferencesTest"
                        + " -Dsurefire.failIfNoSpecifiedTests=false -Dboxcar.redis.md=true");
    }

    @Test
    void everyRemarkIsAboutACommandOfTheTable() {
        CommandTable table = CommandTable.load();
        for (String command : Differences.remarks().keySet()) {
            assertTrue(table.rowOf(command) != CommandTable.ABSENT, command);
        }
    }
}
