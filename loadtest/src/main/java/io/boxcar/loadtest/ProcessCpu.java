package io.boxcar.loadtest;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** CPU time that a process has used, in user and kernel mode together. Stateless. */
public final class ProcessCpu {
    private static final long NS_PER_TICK = 10_000_000; // USER_HZ is 100 on every Linux that runs a JDK

    private ProcessCpu() {}

    /**
     * CPU time of {@code pid} so far, in nanoseconds; empty when the process is gone or the platform does not tell.
     *
     * <p>On Linux the larger of two readings: the sum over the living threads, exact to the nanosecond but without the
     * threads that have ended (a JVM's compiler threads come and go), and the total of the process, which has them all
     * but counts in ticks of 10 ms.
     */
    public static OptionalLong nanos(long pid) {
        Path proc = Path.of("/proc", Long.toString(pid));
        try {
            return OptionalLong.of(Math.max(livingThreadsNs(proc), processTicks(proc) * NS_PER_TICK));
        } catch (IOException | RuntimeException e) {
            return ProcessHandle.of(pid)
                    .flatMap(handle -> handle.info().totalCpuDuration())
                    .map(duration -> OptionalLong.of(duration.toNanos()))
                    .orElse(OptionalLong.empty());
        }
    }

    private static long livingThreadsNs(Path proc) throws IOException {
        long sumNs = 0;
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(proc.resolve("task"))) {
            for (Path task : tasks) {
                try {
                    String schedstat = Files.readString(task.resolve("schedstat"));
                    sumNs += Long.parseLong(schedstat.substring(0, schedstat.indexOf(' ')));
                } catch (IOException e) {
                    // The thread has just ended, or the kernel keeps no schedstat: the ticks of the process remain.
                    continue;
                }
            }
        }
        return sumNs;
    }

    private static long processTicks(Path proc) throws IOException {
        String stat = Files.readString(proc.resolve("stat"));
        // proc(5): the second field is the name in parentheses, and may itself contain spaces and parentheses;
        // utime and stime are the fields 14 and 15.
        String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return Long.parseLong(afterName[11]) + Long.parseLong(afterName[12]);
    }
}
