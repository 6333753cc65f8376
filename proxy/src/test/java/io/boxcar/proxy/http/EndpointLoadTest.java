package io.boxcar.proxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointLoadTest {

    private static final long MS = 1_000_000;
    private static final long SECOND = 1_000 * MS;

    private final EndpointLoad load = new EndpointLoad();

    @Test
    void anUnknownEndpointCostsNothingUntilItHasARequest() {
        assertEquals(0, load.cost(0));
        load.begin();
        assertTrue(load.cost(0) > SECOND);
        load.end();
        assertEquals(0, load.cost(0));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 123_456_789, Long.MAX_VALUE - 5, Long.MIN_VALUE + 5, -7})
    void aSlowerAnswerCountsAtOnceAndAFasterOneWithTime(long nowNs) {
        load.answered(10 * MS, nowNs);
        assertEquals(10 * MS, load.latencyNs(nowNs), 1);
        load.answered(2 * MS, nowNs);
        assertEquals(10 * MS, load.latencyNs(nowNs), 1);
        load.answered(2 * MS, nowNs + 10 * SECOND);
        double expected = 10 * MS / Math.E + 2 * MS * (1 - 1 / Math.E);
        assertEquals(expected, load.latencyNs(nowNs + 10 * SECOND), 1);
        load.answered(50 * MS, nowNs + 10 * SECOND);
        assertEquals(50 * MS, load.latencyNs(nowNs + 10 * SECOND), 1);
    }

    @Test
    void withoutAnswersLatencyFallsSoThatItIsTriedAgainButNeverToNothing() {
        load.answered(1_000 * MS, 0);
        assertEquals(1_000 * MS / Math.E, load.latencyNs(10 * SECOND), 1);
        assertEquals(1_000, load.latencyNs(3_600 * SECOND), 1e-6);
    }

    @Test
    void aLoopWhoseClockIsBehindDoesNotRaiseIt() {
        load.answered(10 * MS, SECOND);
        assertEquals(10 * MS, load.latencyNs(0), 1);
    }

    @Test
    void requestsInFlightMultiplyTheCost() {
        load.answered(10 * MS, 0);
        load.begin();
        load.begin();
        assertEquals(30 * MS, load.cost(0), 1);
        load.end();
        assertEquals(20 * MS, load.cost(0), 1);
        assertEquals(1, load.inFlight());
    }

    @Test
    void aFastFailureMakesItLookSlow() {
        load.failed(1, 0);
        assertEquals(10 * MS, load.latencyNs(0), 1);
        load.failed(1, 0);
        assertEquals(40 * MS, load.latencyNs(0), 1);
        for (int i = 0; i < 10; i++) {
            load.failed(1, 0);
        }
        assertEquals(SECOND, load.latencyNs(0), 1);
        load.failed(5 * SECOND, 0);
        assertEquals(5 * SECOND, load.latencyNs(0), 1);
    }

    @Test
    void afterItWasAwayItIsLikeAnUnknownOne() {
        load.failed(1, 0);
        load.forget();
        assertEquals(0, load.cost(0));
        load.begin();
        assertTrue(load.cost(0) >= SECOND);
        load.answered(2 * MS, 0);
        assertEquals(2 * MS, load.latencyNs(0), 1);
    }

    @Test
    void itIsConnectedWhileAnyConnectionIsOpen() {
        assertFalse(load.isConnected());
        load.connected();
        load.connected();
        load.disconnected();
        assertTrue(load.isConnected());
        load.disconnected();
        assertFalse(load.isConnected());
    }

    @Test
    void itIsUsableWhileItIsHealthy() {
        assertTrue(load.isUsable(0));
        load.setHealthy(false);
        assertFalse(load.isUsable(0));
        load.setHealthy(true);
        assertTrue(load.isUsable(0));
    }

    @Test
    void requestsInFlightAreExactWithSeveralThreads() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 20_000; i++) {
                    load.begin();
                    load.answered(i, i);
                    load.end();
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(0, load.inFlight());
    }
}
