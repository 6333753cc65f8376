package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.loadtest.origin.HttpOrigin;
import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What an HTTP load can ask for, and over what. */
@ExtendWith(NoLeaks.class)
final class HttpLoadKindsTest {
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final LoadWatcher NOBODY = new LoadWatcher() {};

    @Test
    void sendsSeveralRequestsAtOnceOverHttp2AndFindsEachTokenInItsEcho() throws IOException {
        try (HttpOrigin origin = HttpOrigin.start()) {
            HttpRequests requests = new HttpRequests("POST", "/echo", 100, 2_000, true);
            LoadResult result = HttpLoad.run(plan(origin.address(), true, 10, 0), requests, NOBODY);
            assertTrue(result.isClean(), result.describeTrouble());
            assertEquals(2_000, result.requests());
            assertEquals(3, origin.acceptedConnections());
        }
    }

    @Test
    void sendsBodiesOverHttp2ThatAreLargerThanTheWindow() throws IOException {
        try (HttpOrigin origin = HttpOrigin.start()) {
            HttpRequests requests = new HttpRequests("POST", "/echo", 300_000, 30, true);
            LoadResult result = HttpLoad.run(plan(origin.address(), true, 2, 0), requests, NOBODY);
            assertTrue(result.isClean(), result.describeTrouble());
            assertEquals(30, result.requests());
        }
    }

    @Test
    void sendsAtARateOverHttp2() throws IOException {
        try (HttpOrigin origin = HttpOrigin.start()) {
            HttpRequests requests = new HttpRequests("GET", "/fixed", 0, 200, false);
            LoadResult result = HttpLoad.run(plan(origin.address(), true, 4, 2_000), requests, NOBODY);
            assertTrue(result.isClean(), result.describeTrouble());
            assertEquals(200, result.requests());
            assertTrue(result.seconds() >= 199 / 2_000.0, "took " + result.seconds() + " s");
        }
    }

    @Test
    void countsErrorStatusesOfHttp2() throws IOException {
        try (HttpOrigin origin = HttpOrigin.start()) {
            HttpRequests requests = new HttpRequests("GET", "/status?code=503", 0, 7, false);
            LoadResult result = HttpLoad.run(plan(origin.address(), true, 2, 0), requests, NOBODY);
            assertEquals(Map.of("status #", 7L), result.errors());
        }
    }

    @Test
    void takesALengthThatDiffersFromTheFirstForAnError() throws IOException {
        try (HttpOrigin origin = HttpOrigin.start()) {
            HttpRequests counters = new HttpRequests("GET", "/counters", 0, 200, false);
            LoadResult strict = HttpLoad.run(plan(origin.address(), false, 1, 0), counters, NOBODY);
            assertEquals(
                    List.of("status # with another length than the first response: # bytes"),
                    List.copyOf(strict.errors().keySet()));
            LoadResult lax = HttpLoad.run(
                    plan(origin.address(), false, 1, 0),
                    new HttpRequests("GET", "/counters", List.of("x-a: 1", "Host: elsewhere"), 0, 20, false, true),
                    NOBODY);
            assertTrue(lax.isClean(), lax.describeTrouble());
        }
    }

    @Test
    void refusesHeadersThatAreNone() {
        for (String header : List.of("no colon", "a b: c", "content-length: 1", "x: line\nend")) {
            assertThrows(IllegalArgumentException.class, () -> headers(header), header);
        }
    }

    @Test
    void speaksOverAUnixSocket(@TempDir Path folder) throws IOException {
        Address.Unix listen = new Address.Unix(folder.resolve("http.sock").toString());
        try (HttpOrigin origin = HttpOrigin.start(listen, 1)) {
            for (boolean http2 : new boolean[] {false, true}) {
                LoadResult result = HttpLoad.run(
                        plan(origin.address(), http2, 1, 0), new HttpRequests("GET", "/echo", 0, 200, true), NOBODY);
                assertTrue(result.isClean(), result.describeTrouble());
            }
        }
    }

    private static HttpRequests headers(String... headers) {
        return new HttpRequests("GET", "/echo", List.of(headers), 0, 10, false, false);
    }

    private static HttpLoadPlan plan(Address address, boolean http2, int streams, double rate) {
        return new HttpLoadPlan(
                LoadTarget.of(address), http2, streams, LoadSchedule.of(new LoadLevel(3, rate), 0, 0), LIMIT_NS);
    }
}
