package io.boxcar.loadtest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Measures the generator while it measures. Owned by the thread that runs the load. */
final class GeneratorMeter {
    private static final Path OWN_SCHEDSTAT = Path.of("/proc/thread-self/schedstat");
    private static final long UNKNOWN = -1;

    private long startCpuNs = UNKNOWN;
    private long startLoopNs = UNKNOWN;
    private long cpuNs;
    private long loopNs;
    private long windowNs;
    private boolean known = true;

    /** A window begins. */
    void start() {
        startCpuNs = processNs();
        startLoopNs = loopNs();
    }

    /** The window that has begun ends after {@code lengthNs}; several add up. */
    void stop(long lengthNs) {
        long endCpuNs = processNs();
        long endLoopNs = loopNs();
        known &= startCpuNs != UNKNOWN && endCpuNs != UNKNOWN && startLoopNs != UNKNOWN && endLoopNs != UNKNOWN;
        cpuNs += endCpuNs - startCpuNs;
        loopNs += endLoopNs - startLoopNs;
        windowNs += lengthNs;
    }

    GeneratorCost cost() {
        return known && windowNs > 0
                ? new GeneratorCost(cpuNs, Math.min(1, (double) loopNs / windowNs))
                : GeneratorCost.UNKNOWN;
    }

    private static long processNs() {
        return ProcessCpu.nanos(ProcessHandle.current().pid()).orElse(UNKNOWN);
    }

    /** Time that this thread ran, and time that it wanted to: a machine that is shared slows it as much as its own work. */
    private static long loopNs() {
        try {
            String[] fields = Files.readString(OWN_SCHEDSTAT).split(" ", -1);
            return Long.parseLong(fields[0]) + Long.parseLong(fields[1]);
        } catch (IOException | RuntimeException e) {
            return UNKNOWN;
        }
    }
}
