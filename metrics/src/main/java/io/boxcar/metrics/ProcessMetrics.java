package io.boxcar.metrics;

import com.sun.management.OperatingSystemMXBean;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** The two figures a sidecar is judged by: CPU time and resident memory, under the names usual with Prometheus. */
final class ProcessMetrics implements MeterBinder {

    private static final double NS_PER_SECOND = 1e9;

    @Override
    public void bindTo(MeterRegistry registry) {
        OperatingSystemMXBean os = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        FunctionCounter.builder("process.cpu", os, bean -> bean.getProcessCpuTime() / NS_PER_SECOND)
                .description("CPU time of the process, user and system.")
                .baseUnit("seconds")
                .register(registry);
        Gauge.builder("process.resident.memory", ProcessMetrics::residentBytes)
                .description("Physical memory of the process; NaN where it cannot be read.")
                .baseUnit("bytes")
                .register(registry);
    }

    /** From Linux's /proc (proc_pid_status(5)); the JVM does not tell it. */
    private static double residentBytes() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * 1024.0;
                }
            }
        } catch (IOException e) {
            // Another operating system.
        }
        return Double.NaN;
    }
}
