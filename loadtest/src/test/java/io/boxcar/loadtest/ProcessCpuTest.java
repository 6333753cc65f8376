package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class ProcessCpuTest {
    @Test
    void countsWhatAThreadUsedEvenAfterItEnded() throws InterruptedException {
        long pid = ProcessHandle.current().pid();
        long beforeNs = ProcessCpu.nanos(pid).orElseThrow();
        long wantedNs = 200_000_000;
        Thread burner = new Thread(() -> {
            var threads = ManagementFactory.getThreadMXBean();
            while (threads.getCurrentThreadCpuTime() < wantedNs) {
                Thread.onSpinWait();
            }
        });
        burner.start();
        burner.join();
        long usedNs = ProcessCpu.nanos(pid).orElseThrow() - beforeNs;
        assertTrue(usedNs > wantedNs / 2, "used " + usedNs + " ns");
    }

    @Test
    void isEmptyForAProcessThatIsGone() throws IOException, InterruptedException {
        Process process = new ProcessBuilder("true").start();
        process.waitFor();
        assertEquals(OptionalLong.empty(), ProcessCpu.nanos(process.pid()));
    }
}
