package io.boxcar.loadtest.compare;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Comparison} does.
 *
 * @param rounds windows of each path and case
 * @param measuredNs length of a window
 * @param warmupNs time before each window that is not measured
 * @param boxcarWarmupNs load on each Boxcar and case before the first round: a JIT compiler needs traffic of each kind
 * @param boxcars the first is the one that the targets are about
 * @param distribution whose launcher starts the Boxcars; {@code null} for this process's own Java and class path
 * @param only the peers that may take part, by title; empty for all
 * @param programs where peers are, by title, beside those on the PATH
 * @param pin whether to pin processes to CPUs, where that can be done
 * @param traceSystemCalls whether to count system calls, where that is allowed
 */
record ComparePlan(
        Protocol protocol,
        List<Case> cases,
        int rounds,
        long measuredNs,
        long warmupNs,
        long boxcarWarmupNs,
        List<BoxcarVariant> boxcars,
        @Nullable Path distribution,
        Set<String> only,
        Map<String, String> programs,
        boolean pin,
        boolean traceSystemCalls) {

    ComparePlan {
        cases = List.copyOf(cases);
        boxcars = List.copyOf(boxcars);
        only = Set.copyOf(only);
        programs = Map.copyOf(programs);
        if (cases.isEmpty()) {
            throw new IllegalArgumentException("there is no case to run");
        }
        if (rounds < 1 || measuredNs <= 0 || warmupNs < 0 || boxcarWarmupNs < 0) {
            throw new IllegalArgumentException("--rounds must be at least 1, and --seconds more than 0");
        }
    }
}
