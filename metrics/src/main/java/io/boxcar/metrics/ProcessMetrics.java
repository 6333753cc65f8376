package io.boxcar.metrics;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The figures a sidecar is judged by, CPU time and resident memory, and its open files, under the names that the client libraries of
 * Prometheus have agreed on; Micrometer's own names for them are others.
 */
final class ProcessMetrics implements MeterBinder {

    private static final double NS_PER_SECOND = 1e9;

    private final OperatingSystemMXBean os = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    @Override
    public void bindTo(MeterRegistry registry) {
        FunctionCounter.builder("process.cpu", os, bean -> bean.getProcessCpuTime() / NS_PER_SECOND)
                .description("CPU time of the process, user and system.")
                .baseUnit("seconds")
                .register(registry);
        Gauge.builder("process.resident.memory", () -> bytesOf("VmRSS:"))
                .description("Physical memory of the process; NaN where it cannot be read.")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("process.virtual.memory", () -> bytesOf("VmSize:"))
                .description("Address space of the process; NaN where it cannot be read.")
                .baseUnit("bytes")
                .register(registry);
        if (os instanceof UnixOperatingSystemMXBean unix) {
            Gauge.builder("process.open.fds", unix, UnixOperatingSystemMXBean::getOpenFileDescriptorCount)
                    .description("Open files and sockets of the process.")
                    .register(registry);
            Gauge.builder("process.max.fds", unix, UnixOperatingSystemMXBean::getMaxFileDescriptorCount)
                    .description("How many files and sockets the process may open.")
                    .register(registry);
        }
    }

    /** From Linux's /proc (proc_pid_status(5)); the JVM does not tell it. */
    private static double bytesOf(String field) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith(field)) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * 1024.0;
                }
            }
        } catch (IOException e) {
            // Another operating system.
        }
        return Double.NaN;
    }
}
