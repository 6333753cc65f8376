package io.boxcar.proxy.simulation;

import static org.junit.jupiter.api.Assertions.fail;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Runs seeds. {@code -Dboxcar.seeds=N} says how many, {@code -Dboxcar.seed=N} runs one and prints what happens in it.
 */
class SimulationTest {
    private static final int DEFAULT_SEEDS = 10_000;

    @Test
    void keepsItsPromisesWhateverHappens() {
        Long single = Long.getLong("boxcar.seed");
        if (single != null) {
            AssertionError error = run(single, true);
            if (error != null) {
                throw error;
            }
            return;
        }
        int seeds = Integer.getInteger("boxcar.seeds", DEFAULT_SEEDS);
        long first = Long.getLong("boxcar.first-seed", 0);
        for (long seed = first; seed < first + seeds; seed++) {
            if (run(seed, false) != null) {
                AssertionError again = run(seed, true);
                fail(
                        "seed " + seed + " fails; run it alone with: mvn -pl batching,metrics,proxy verify"
                                + " -Dtest=SimulationTest -Dsurefire.failIfNoSpecifiedTests=false -Dboxcar.seed="
                                + seed,
                        again);
            }
        }
    }

    /** What went wrong, or null. */
    private static @Nullable AssertionError run(long seed, boolean traced) {
        Complaints complaints = new Complaints();
        Simulation simulation = new Simulation(seed, traced);
        try (complaints) {
            simulation.run();
            complaints.rethrow();
            return null;
        } catch (AssertionError | RuntimeException e) {
            return new AssertionError("seed " + seed + ": " + e.getMessage() + "\n" + simulation.trace(), e);
        }
    }
}
