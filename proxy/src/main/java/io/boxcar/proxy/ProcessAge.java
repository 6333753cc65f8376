package io.boxcar.proxy;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** How long ago this process began, its shell and its JVM included. */
final class ProcessAge {
    /** Of proc_pid_stat(5), after the name of the program: field 22, {@code starttime}, in ticks of which Linux tells 100 a second. */
    private static final int START_TIME = 22 - 3;

    private static final int MS_PER_TICK = 10;

    private ProcessAge() {}

    /** In steps of 10 ms where Linux tells it, since the JVM's management classes would take as long to load as to serve. */
    static long millis() {
        try {
            String stat = Files.readString(Path.of("/proc/self/stat"));
            String uptime = Files.readString(Path.of("/proc/uptime"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            double nowSeconds = Double.parseDouble(uptime.substring(0, uptime.indexOf(' ')));
            return Math.max(0, Math.round(nowSeconds * 1000) - Long.parseLong(fields[START_TIME]) * MS_PER_TICK);
        } catch (IOException | RuntimeException e) {
            return ManagementFactory.getRuntimeMXBean().getUptime();
        }
    }
}
