package io.boxcar.proxy.http;

import static io.boxcar.proxy.config.HttpUpstreamConfig.Balance.P2C;
import static io.boxcar.proxy.config.HttpUpstreamConfig.Balance.ROUND_ROBIN;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.config.HttpUpstreamConfig;
import io.boxcar.proxy.config.HttpUpstreamConfig.Balance;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BalancerTest {

    private static final long MS = 1_000_000;
    private static final int DRAWS = 30_000;

    private final RandomGenerator random = new SplittableRandom(1);

    @Test
    void roundRobinTakesThemInTurnAndLeavesOutWhatIsNotWell() {
        EndpointLoad[] loads = loads(4);
        Balancer balancer = new Balancer(ROUND_ROBIN, loads);
        int[] order = new int[6];
        Arrays.setAll(order, i -> balancer.choose(0, random));
        assertArrayEquals(new int[] {0, 1, 2, 3, 0, 1}, order);
        loads[2].setHealthy(false);
        Arrays.setAll(order, i -> balancer.choose(0, random));
        assertArrayEquals(new int[] {0, 1, 3, 0, 1, 3}, order);
    }

    @ParameterizedTest
    @EnumSource(Balance.class)
    void equalEndpointsGetEqualShares(Balance balance) {
        EndpointLoad[] loads = loads(5);
        for (EndpointLoad load : loads) {
            load.answered(MS, 0);
        }
        // With equal costs the first one drawn is taken.
        for (int count : counts(new Balancer(balance, loads), 5, 0, Balancer.NONE)) {
            assertEquals(DRAWS / 5, count, DRAWS / 50.0);
        }
    }

    @Test
    void theBetterOfTwoIsTheOneWithFewerInFlight() {
        EndpointLoad[] loads = loads(2);
        for (EndpointLoad load : loads) {
            load.answered(MS, 0);
        }
        loads[0].begin();
        assertArrayEquals(new int[] {0, DRAWS}, counts(new Balancer(P2C, loads), 2, 0, Balancer.NONE));
    }

    @Test
    void theSlowestOfManyIsTakenNever() {
        EndpointLoad[] loads = loads(4);
        for (EndpointLoad load : loads) {
            load.answered(load == loads[3] ? 10 * MS : MS, 0);
        }
        int[] counts = counts(new Balancer(P2C, loads), 4, 0, Balancer.NONE);
        assertEquals(0, counts[3]);
        assertTrue(Arrays.stream(counts, 0, 3).allMatch(count -> count > DRAWS / 4));
    }

    @Test
    void loadEvensOutByLatency() {
        EndpointLoad[] loads = loads(2);
        loads[0].answered(MS, 0);
        loads[1].answered(3 * MS, 0);
        Balancer balancer = new Balancer(P2C, loads);
        for (int i = 0; i < 400; i++) {
            loads[balancer.choose(0, random)].begin();
        }
        assertEquals(300, loads[0].inFlight(), 3);
        assertEquals(100, loads[1].inFlight(), 3);
    }

    @Test
    void newEndpointsGetEqualSharesUntilSomethingIsKnown() {
        EndpointLoad[] loads = loads(4);
        Balancer balancer = new Balancer(P2C, loads);
        for (int i = 0; i < 400; i++) {
            loads[balancer.choose(0, random)].begin();
        }
        for (EndpointLoad load : loads) {
            assertEquals(100, load.inFlight(), 5);
        }
    }

    @Test
    void anEndpointThatFailsFastDoesNotAttractRequests() {
        EndpointLoad[] loads = loads(2);
        Balancer balancer = new Balancer(P2C, loads);
        int[] counts = new int[2];
        for (int i = 0; i < 1_000; i++) {
            long nowNs = i * MS;
            int chosen = balancer.choose(nowNs, random);
            counts[chosen]++;
            if (chosen == 0) {
                loads[0].failed(10_000, nowNs);
            } else {
                loads[1].answered(5 * MS, nowNs);
            }
        }
        assertTrue(counts[0] <= 3, () -> Arrays.toString(counts));
    }

    @Test
    void ofTwoUnknownOnesTheConnectedOneIsTaken() {
        EndpointLoad[] loads = loads(2);
        loads[1].connected();
        assertArrayEquals(new int[] {0, DRAWS}, counts(new Balancer(P2C, loads), 2, 0, Balancer.NONE));
    }

    @ParameterizedTest
    @EnumSource(Balance.class)
    void ejectedAndUnhealthyOnesAreLeftOutAndTheOthersShare(Balance balance) {
        EndpointLoad[] loads = loads(4);
        eject(loads[0], loads);
        loads[2].setHealthy(false);
        Balancer balancer = new Balancer(balance, loads);
        int[] counts = counts(balancer, 4, 0, Balancer.NONE);
        assertEquals(0, counts[0]);
        assertEquals(0, counts[2]);
        assertEquals(DRAWS / 2, counts[1], DRAWS / 50.0);
        assertEquals(DRAWS, counts[1] + counts[3]);
        int[] later = counts(balancer, 4, 5_000 * MS, Balancer.NONE);
        assertTrue(later[0] > DRAWS / 5);
    }

    @ParameterizedTest
    @EnumSource(Balance.class)
    void whenNoneIsWellAllCount(Balance balance) {
        EndpointLoad[] loads = loads(3);
        for (EndpointLoad load : loads) {
            load.setHealthy(false);
        }
        for (int count : counts(new Balancer(balance, loads), 3, 0, Balancer.NONE)) {
            assertEquals(DRAWS / 3, count, DRAWS / 50.0);
        }
    }

    @ParameterizedTest
    @EnumSource(Balance.class)
    void aRetryGoesToAnotherEndpointIfThereIsOne(Balance balance) {
        EndpointLoad[] loads = loads(3);
        Balancer balancer = new Balancer(balance, loads);
        assertEquals(0, counts(balancer, 3, 0, 1)[1]);
        loads[0].setHealthy(false);
        assertArrayEquals(new int[] {0, 0, DRAWS}, counts(balancer, 3, 0, 1));
        loads[2].setHealthy(false);
        assertArrayEquals(new int[] {0, DRAWS, 0}, counts(balancer, 3, 0, 1));
        loads[1].setHealthy(false);
        assertEquals(0, counts(balancer, 3, 0, 1)[1]);
        assertEquals(0, new Balancer(balance, loads(1)).choose(0, random, 0));
    }

    @Test
    void anUpstreamWithoutEndpointsIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Balancer(P2C));
    }

    private int[] counts(Balancer balancer, int endpoints, long nowNs, int avoided) {
        int[] counts = new int[endpoints];
        for (int i = 0; i < DRAWS; i++) {
            counts[balancer.choose(nowNs, random, avoided)]++;
        }
        return counts;
    }

    private static void eject(EndpointLoad load, EndpointLoad... all) {
        HttpUpstreamConfig.Outlier config = new HttpUpstreamConfig.Outlier(1, 5_000 * MS, 100);
        assertTrue(new OutlierDetector(config, all).failed(load, 0));
    }

    private static EndpointLoad[] loads(int count) {
        return Stream.generate(EndpointLoad::new).limit(count).toArray(EndpointLoad[]::new);
    }
}
