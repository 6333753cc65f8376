package io.boxcar.proxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.config.HttpUpstreamConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutlierDetectorTest {

    private static final long SECOND = 1_000_000_000L;

    private final EndpointLoad a = new EndpointLoad();
    private final EndpointLoad b = new EndpointLoad();
    private final EndpointLoad c = new EndpointLoad();
    private final OutlierDetector detector = detector(3, 50, a, b, c);

    @ParameterizedTest
    @ValueSource(longs = {0, 42, Long.MAX_VALUE - SECOND, Long.MIN_VALUE, -SECOND})
    void failuresInARowEjectForAWhile(long nowNs) {
        assertFalse(detector.failed(a, nowNs));
        assertFalse(detector.failed(a, nowNs));
        assertTrue(a.isUsable(nowNs));
        assertTrue(detector.failed(a, nowNs));
        assertFalse(a.isUsable(nowNs));
        assertFalse(a.isUsable(nowNs + 5 * SECOND - 1));
        assertTrue(a.isUsable(nowNs + 5 * SECOND));
        assertTrue(b.isUsable(nowNs));
    }

    @Test
    void aSuccessBetweenThemStartsTheCountAgain() {
        detector.failed(a, 0);
        detector.failed(a, 0);
        detector.succeeded(a, 0);
        assertFalse(detector.failed(a, 0));
        assertFalse(detector.failed(a, 0));
        assertTrue(detector.failed(a, 0));
    }

    @Test
    void eachEjectionInARowIsLongerUpToTenTimes() {
        long nowNs = 0;
        for (int row = 1; row <= 12; row++) {
            eject(a, nowNs);
            long lengthNs = 5 * SECOND * Math.min(row, 10);
            assertFalse(a.isUsable(nowNs + lengthNs - 1), "ejection " + row);
            nowNs += lengthNs;
            assertTrue(a.isUsable(nowNs), "ejection " + row);
        }
    }

    @Test
    void aSuccessAfterAnEjectionMakesTheNextOneShortAgain() {
        eject(a, 0);
        eject(a, 5 * SECOND);
        detector.succeeded(a, 15 * SECOND);
        eject(a, 15 * SECOND);
        assertTrue(a.isUsable(20 * SECOND));
    }

    @Test
    void answersToRequestsFromBeforeTheEjectionChangeNothing() {
        eject(a, 0);
        for (int i = 0; i < 100; i++) {
            assertFalse(detector.failed(a, SECOND));
        }
        detector.succeeded(a, SECOND);
        assertFalse(a.isUsable(SECOND));
        assertTrue(a.isUsable(5 * SECOND));
        eject(a, 5 * SECOND);
        assertFalse(a.isUsable(15 * SECOND - 1));
    }

    @Test
    void noMoreThanTheAllowedShareIsEjectedAtOnce() {
        eject(a, 0);
        for (int i = 0; i < 10; i++) {
            assertFalse(detector.failed(b, 0));
        }
        assertTrue(b.isUsable(0));
        assertEquals(1, detector.ejected(0));
        assertTrue(detector.failed(b, 5 * SECOND), "there is room when the other one is back");
    }

    @Test
    void theOnlyEndpointIsNeverEjectedByHalf() {
        OutlierDetector one = detector(1, 50, a);
        assertFalse(one.failed(a, 0));
        assertTrue(detector(1, 100, a).failed(a, 0));
    }

    @Test
    void zeroFailuresTurnItOff() {
        OutlierDetector off = detector(0, 100, a);
        for (int i = 0; i < 100; i++) {
            assertFalse(off.failed(a, 0));
        }
    }

    @Test
    void onlyWhatGatewaysAnswerIsAFailureOfTheEndpoint() {
        for (int status = 100; status < 600; status++) {
            assertEquals(status == 502 || status == 503 || status == 504, OutlierDetector.isFailure(status));
        }
    }

    private void eject(EndpointLoad endpoint, long nowNs) {
        assertFalse(detector.failed(endpoint, nowNs));
        assertFalse(detector.failed(endpoint, nowNs));
        assertTrue(detector.failed(endpoint, nowNs));
    }

    private static OutlierDetector detector(int failures, int maxEjectedPercent, EndpointLoad... endpoints) {
        return new OutlierDetector(new HttpUpstreamConfig.Outlier(failures, 5 * SECOND, maxEjectedPercent), endpoints);
    }
}
