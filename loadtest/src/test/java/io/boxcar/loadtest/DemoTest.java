package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class DemoTest {
    private final Progress silent = new Progress(new PrintStream(new ByteArrayOutputStream()), false);

    @Test
    void measuresBothPathsAndLeavesNoProcessBehind() throws IOException, InterruptedException {
        try (Demo demo = start(StandInSidecar.class.getName())) {
            for (DemoReport report : List.of(demo.measureRedis(), demo.measureHttp())) {
                assertEquals("", report.trouble());
                assertTrue(report.direct().load().requests() > 0);
                assertTrue(report.boxcar().load().requests() > 0);
                // The stand-in merges nothing, which the report has to show.
                assertEquals(20, report.direct().upstreamConnections());
                assertEquals(20, report.boxcar().upstreamConnections());
            }
        }
        assertFalse(ProcessHandle.current().children().anyMatch(ProcessHandle::isAlive));
    }

    @Test
    void saysWhatTheSidecarSaidWhenItDoesNotStartAndStopsTheOrigins() {
        IOException failure = assertThrows(IOException.class, () -> start("io.boxcar.Missing"));
        assertTrue(
                String.valueOf(failure.getMessage()).contains("ClassNotFoundException: io.boxcar.Missing"),
                failure.getMessage());
        assertFalse(ProcessHandle.current().children().anyMatch(ProcessHandle::isAlive));
    }

    private Demo start(String sidecarMainClass) throws IOException, InterruptedException {
        return Demo.start(
                new Children(),
                silent,
                20,
                TimeUnit.MILLISECONDS.toNanos(100),
                sidecarMainClass,
                new Demo.Addresses(
                        Loopback.freePort(),
                        Loopback.freePort(),
                        Loopback.freePort(),
                        Loopback.freePort(),
                        Loopback.freePort()));
    }
}
