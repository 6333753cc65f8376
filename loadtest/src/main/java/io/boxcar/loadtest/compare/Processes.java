package io.boxcar.loadtest.compare;

import io.boxcar.loadtest.ProcessCpu;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** A process and those that it has started, such as nginx's worker, read as one. */
record Processes(List<Long> pids) {
    static final Processes NONE = new Processes(List.of());

    /** {@code pid} with its descendants of this moment. */
    static Processes of(long pid) {
        List<Long> pids = new ArrayList<>(List.of(pid));
        ProcessHandle.of(pid)
                .ifPresent(
                        handle -> handle.descendants().map(ProcessHandle::pid).forEach(pids::add));
        return new Processes(pids);
    }

    /** CPU time so far; 0 if there are none, not a number if one does not tell. */
    double cpuNs() {
        double sum = 0;
        for (long pid : pids) {
            OptionalLong ns = ProcessCpu.nanos(pid);
            sum += ns.isPresent() ? ns.getAsLong() : Double.NaN;
        }
        return sum;
    }

    /** Resident memory; what processes share counts for each. Not a number if there are none or one does not tell. */
    double residentBytes() {
        double sum = pids.isEmpty() ? Double.NaN : 0;
        for (long pid : pids) {
            sum += residentBytes(pid);
        }
        return sum;
    }

    private static double residentBytes(long pid) {
        try {
            // VmRSS:	   70396 kB
            return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToDouble(line -> 1024 * Double.parseDouble(line.replaceAll("[^0-9]", "")))
                    .findFirst()
                    .orElse(Double.NaN);
        } catch (IOException e) {
            return Double.NaN;
        }
    }
}
