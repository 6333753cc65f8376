package io.boxcar.batching;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.boxcar.batching.DeparturePolicy.Mode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DeparturePolicyTest {
    private static final int[] QUEUED = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 63, 64, 65, 127, 128, 129};
    private static final int[] BYTES = {0, 99, 100, 101};
    private static final int[] IN_FLIGHT = {0, 1, 5};
    private static final int[] ACTIVE = {0, 1, 2, 3, 4, 8, 9, 100, 200, 300};
    private static final int[] ABOARD = {0, 1, 2, 3, 4, 8, 9, 100};
    private static final long[] AGES = {0, 1, 24, 25, 26, 299, 300, 301};
    private static final long[] TOTALS = {0, 3, 4, 100, 1_000, 10_000};
    private static final int[] MAX_REQUESTS = {1, 4, 8, 512};

    private interface Combination {
        void check(
                DeparturePolicy policy,
                int queued,
                int bytes,
                int flying,
                int active,
                int aboard,
                long age,
                long total);
    }

    private static void forAll(Combination combination) {
        for (Mode mode : Mode.values()) {
            for (int maxRequests : MAX_REQUESTS) {
                for (long maxLingerNs : new long[] {0, 300}) {
                    DeparturePolicy policy = new DeparturePolicy(mode, maxRequests, 100, maxLingerNs);
                    forAll(policy, combination);
                }
            }
        }
    }

    private static void forAll(DeparturePolicy policy, Combination combination) {
        for (int queued : QUEUED) {
            for (int bytes : BYTES) {
                for (int flying : IN_FLIGHT) {
                    for (int active : ACTIVE) {
                        for (int aboard : ABOARD) {
                            for (long age : AGES) {
                                for (long total : TOTALS) {
                                    combination.check(policy, queued, bytes, flying, active, aboard, age, total);
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /** The rule told a second time, as what each reason needs and which wins, with the numbers written out. */
    private static @Nullable DepartureReason oracle(
            DeparturePolicy p, int queued, int bytes, int flying, int active, int aboard, long age, long total) {
        boolean any = queued > 0;
        boolean full = any && (queued >= p.maxRequests() || bytes >= p.maxBytes());
        boolean alone = any && (p.mode() == Mode.LATENCY || active < 3);
        double wanted = p.mode() == Mode.THROUGHPUT
                ? p.maxRequests()
                : Math.min(p.maxRequests(), Math.min(128, Math.max(1, Math.floor(active * 0.625))));
        boolean target = any && queued >= wanted;
        boolean allAboard = any && flying == 0 && aboard >= active;
        double linger =
                p.mode() == Mode.THROUGHPUT ? p.maxLingerNs() : Math.min((double) p.maxLingerNs(), (double) total);
        boolean old = any && age >= linger;
        if (full) {
            return DepartureReason.FULL;
        } else if (alone) {
            return DepartureReason.END_OF_TURN;
        } else if (target) {
            return DepartureReason.TARGET;
        } else if (allAboard) {
            return DepartureReason.ALL_ABOARD;
        } else {
            return old ? DepartureReason.LINGER : null;
        }
    }

    @Test
    void agreesWithTheOracleInEveryCombination() {
        forAll((policy, queued, bytes, flying, active, aboard, age, total) -> {
            DepartureReason expected = oracle(policy, queued, bytes, flying, active, aboard, age, total);
            DepartureReason actual = policy.decide(queued, bytes, flying, active, aboard, age, total);
            if (expected != actual) { // a message for each of millions of combinations would take long
                assertEquals(
                        expected,
                        actual,
                        policy + " queued " + queued + " bytes " + bytes + " in flight " + flying + " active " + active
                                + " aboard " + aboard + " age " + age + " total " + total);
            }
        });
    }

    @Test
    void whatLeavesAlsoLeavesWithMoreAboardOrOlder() {
        forAll((policy, queued, bytes, flying, active, aboard, age, total) -> {
            if (policy.decide(queued, bytes, flying, active, aboard, age, total) != null
                    && (policy.decide(queued + 1, bytes, flying, active, aboard, age, total) == null
                            || policy.decide(queued, bytes + 1, flying, active, aboard, age, total) == null
                            || policy.decide(queued, bytes, flying, active, aboard, age + 1, total) == null
                            || policy.decide(queued, bytes, 0, active, aboard, age, total) == null
                            || policy.decide(queued, bytes, flying, active, aboard + 1, age, total) == null)) {
                throw new AssertionError(policy + " waits with more than " + queued + " " + bytes + " " + flying + " "
                        + active + " " + aboard + " " + age + " " + total);
            }
        });
    }

    @Test
    void nothingQueuedNeverLeavesAndNothingWaitsPastItsLinger() {
        forAll((policy, queued, bytes, flying, active, aboard, age, total) -> {
            DepartureReason reason = policy.decide(queued, bytes, flying, active, aboard, age, total);
            if (queued == 0 ? reason != null : age >= policy.maxLingerNs() && reason == null) {
                throw new AssertionError(policy + " " + queued + " " + age);
            }
        });
    }

    @Test
    void upToTwoActiveClientsNeverWaitInAnyMode() {
        forAll((policy, queued, bytes, flying, active, aboard, age, total) -> {
            if (queued > 0 && active <= 2 && policy.decide(queued, bytes, flying, active, aboard, age, total) == null) {
                throw new AssertionError(policy + " waits with " + active + " active clients");
            }
        });
    }

    @Test
    void latencyModeNeverWaits() {
        DeparturePolicy policy = new DeparturePolicy(Mode.LATENCY, 512, 65_536, 300_000);
        assertEquals(DepartureReason.END_OF_TURN, policy.decide(1, 10, 100, 500, 1, 0, 1_000_000));
        assertEquals(1, policy.target(500));
        assertEquals(0, policy.lingerNs(1_000_000));
    }

    @Test
    void balancedModeLeavesAtOnceWhileNothingIsLearned() {
        DeparturePolicy policy = new DeparturePolicy(Mode.BALANCED, 512, 65_536, 300_000);
        assertEquals(DepartureReason.LINGER, policy.decide(1, 10, 5, 100, 1, 0, 0));
        assertNull(policy.decide(1, 10, 5, 100, 1, 0, 1_000_000));
    }

    @Test
    void balancedTargetFollowsTheActiveClientsWithinBounds() {
        DeparturePolicy policy = new DeparturePolicy(Mode.BALANCED, 512, 65_536, 300_000);
        assertEquals(1, policy.target(0));
        assertEquals(31, policy.target(50));
        assertEquals(128, policy.target(500));
        assertEquals(128, policy.target(Integer.MAX_VALUE));
        assertEquals(8, new DeparturePolicy(Mode.BALANCED, 8, 65_536, 300_000).target(500));
    }

    @Test
    void balancedLingerIsAsLongAsTheAnswerTakes() {
        DeparturePolicy policy = new DeparturePolicy(Mode.BALANCED, 512, 65_536, 300_000);
        assertEquals(100_000, policy.lingerNs(100_000));
        assertEquals(300_000, policy.lingerNs(10_000_000));
    }

    @Test
    void throughputModeWaitsForItsCaps() {
        DeparturePolicy policy = new DeparturePolicy(Mode.THROUGHPUT, 512, 65_536, 300_000);
        assertEquals(512, policy.target(3));
        assertEquals(300_000, policy.lingerNs(0));
        assertNull(policy.decide(511, 10, 5, 500, 500, 299_999, 0));
        assertEquals(DepartureReason.LINGER, policy.decide(511, 10, 5, 500, 500, 300_000, 0));
        assertEquals(DepartureReason.FULL, policy.decide(512, 10, 5, 500, 500, 0, 0));
        assertEquals(DepartureReason.ALL_ABOARD, policy.decide(500, 10, 0, 500, 500, 0, 0));
    }

    @Test
    void limitsAreChecked() {
        assertThrows(IllegalArgumentException.class, () -> new DeparturePolicy(Mode.BALANCED, 0, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new DeparturePolicy(Mode.BALANCED, 1, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new DeparturePolicy(Mode.BALANCED, 1, 1, -1));
        assertNotNull(new DeparturePolicy(Mode.BALANCED, 1, 1, 0).decide(1, 0, 0, 9, 0, 0, 9));
    }
}
