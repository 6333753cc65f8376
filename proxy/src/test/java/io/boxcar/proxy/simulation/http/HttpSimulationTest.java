package io.boxcar.proxy.simulation.http;

import static org.junit.jupiter.api.Assertions.fail;

import io.boxcar.proxy.simulation.Complaints;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Runs seeds. {@code -Dboxcar.seeds=N} says how many, {@code -Dboxcar.seed=N} runs one and prints what happens in it.
 */
class HttpSimulationTest {
    private static final int DEFAULT_SEEDS = 3_000;

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
                                + " -Dtest=HttpSimulationTest -Dsurefire.failIfNoSpecifiedTests=false -Dboxcar.seed="
                                + seed,
                        again);
            }
        }
    }

    @Test
    void sendsNoBodyAgainOfWhichPiecesAreUnderWay() {
        passes(3285, 4237);
    }

    @Test
    void letsGoOfPiecesThatArriveAfterTheEndOfTheirExchange() {
        passes(117, 699);
    }

    @Test
    void takesABodyToItsEndAlthoughItDrains() {
        passes(25, 44, 133, 330);
    }

    @Test
    void closesOnlyBehindWhatTheClientCanStillTake() {
        passes(1399, 1745, 1660, 1969, 2050, 2076, 2344, 2415, 3581);
    }

    @Test
    void waitsNotForEverForAnUpstreamThatTakesNoBody() {
        passes(659, 2313);
    }

    @Test
    void repeatsNothingThatIsNotSafeBehindALastResponse() {
        passes(3574);
    }

    @Test
    void keepsThePiecesOfABodyInOrderWhenTheyWaitForAConnection() {
        passes(4717);
    }

    @Test
    void readsOnAfterALongResponseToASlowClient() {
        passes(5357, 5420, 9330);
    }

    @Test
    void dropsALongResponseThatNobodyWaitsFor() {
        passes(8497);
    }

    @Test
    void holdsSmallChunksInSmallBuffers() {
        passes(96, 129);
    }

    @Test
    void makesNoNoiseOfARefusedClientThatResets() {
        passes(10939, 11148);
    }

    @Test
    void survivesAWriteThatFailsAtTheEndOfABody() {
        passes(30998);
    }

    private static void passes(long... seeds) {
        for (long seed : seeds) {
            AssertionError error = run(seed, false);
            if (error != null) {
                throw error;
            }
        }
    }

    /** What went wrong, or null. */
    static @Nullable AssertionError run(long seed, boolean traced) {
        Complaints complaints = new Complaints();
        HttpSimulation simulation = new HttpSimulation(seed, traced);
        try (complaints) {
            simulation.run();
            complaints.rethrow();
            return null;
        } catch (AssertionError | RuntimeException e) {
            return new AssertionError("seed " + seed + ": " + e.getMessage() + "\n" + simulation.trace(), e);
        }
    }
}
