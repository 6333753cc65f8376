package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.loadtest.origin.HttpOrigin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoLeaks.class)
final class HttpLoadTest {
    private static final LoadWatcher NOBODY = new LoadWatcher() {};

    @Test
    void sendsExactlyAsManyRequestsAsAskedForAndFindsEachTokenInItsEcho() throws IOException {
        try (HttpOrigin origin = HttpOrigin.start()) {
            HttpRequests requests = new HttpRequests("POST", "/echo", 20, 5_000, true);
            LoadResult result = HttpLoad.run(plan(origin.port(), 20, 0), requests, NOBODY);
            assertTrue(result.isClean(), result.describeTrouble());
            assertEquals(5_000, result.requests());
            assertEquals(5_000, origin.requests());
            assertEquals(20, origin.acceptedConnections());
        }
    }

    @Test
    void sendsAtARateInAnOpenLoop() throws IOException {
        try (HttpOrigin origin = HttpOrigin.start()) {
            HttpRequests requests = new HttpRequests("GET", "/fixed", 0, 200, false);
            LoadResult result = HttpLoad.run(plan(origin.port(), 4, 2_000), requests, NOBODY);
            assertTrue(result.isClean(), result.describeTrouble());
            assertEquals(200, result.requests());
            assertTrue(result.seconds() >= 199 / 2_000.0, "took " + result.seconds() + " s");
        }
    }

    @Test
    void measuresAWindow() throws IOException {
        try (HttpOrigin origin = HttpOrigin.start()) {
            long ms = TimeUnit.MILLISECONDS.toNanos(1);
            HttpLoadPlan plan = new HttpLoadPlan("127.0.0.1", origin.port(), 4, 0, 20 * ms, 100 * ms, 10_000 * ms);
            LoadResult result = HttpLoad.run(plan, new HttpRequests("HEAD", "/fixed", 0, 0, false), NOBODY);
            assertTrue(result.isClean(), result.describeTrouble());
            assertTrue(result.requests() > 0 && result.requests() < origin.requests());
        }
    }

    @Test
    void readsBodiesOfEveryFraming() throws IOException {
        try (HttpOrigin origin = HttpOrigin.start()) {
            for (String path : List.of("/fixed?bytes=100000", "/chunked", "/sse?events=2&ms=1", "/status?code=204")) {
                LoadResult result =
                        HttpLoad.run(plan(origin.port(), 2, 0), new HttpRequests("GET", path, 0, 20, false), NOBODY);
                assertTrue(result.isClean(), result.describeTrouble());
                assertEquals(20, result.requests());
            }
        }
    }

    @Test
    void countsErrorsByStatus() throws IOException {
        try (HttpOrigin origin = HttpOrigin.start()) {
            HttpRequests requests = new HttpRequests("GET", "/status?code=503", 0, 7, false);
            LoadResult result = HttpLoad.run(plan(origin.port(), 2, 0), requests, NOBODY);
            assertEquals(Map.of("status #", 7L), result.errors());
            assertEquals(0, result.requests());
        }
    }

    @Test
    void takesTheResponseToAnotherRequestForMispaired() throws IOException {
        byte[] echo = "GET /echo\nboxcar-token: 000000000999\n\n".getBytes(StandardCharsets.US_ASCII);
        try (CannedHttp server = new CannedHttp(echo)) {
            HttpRequests requests = new HttpRequests("GET", "/echo", 0, 3, true);
            LoadResult result = HttpLoad.run(plan(server.port(), 1, 0), requests, NOBODY);
            assertEquals(3, result.mispaired(), result.describeTrouble());
        }
    }

    @Test
    void saysWhatItCannotConnectTo() throws IOException {
        int port = Loopback.freePort().port();
        HttpRequests requests = new HttpRequests("GET", "/", 0, 1, false);
        IOException failure = assertThrows(IOException.class, () -> HttpLoad.run(plan(port, 1, 0), requests, NOBODY));
        assertTrue(
                String.valueOf(failure.getMessage()).startsWith("cannot connect to 127.0.0.1:" + port),
                failure.getMessage());
    }

    @Test
    void givesUpWhenTheServerIsGoneForGood() throws IOException {
        try (HttpOrigin origin = HttpOrigin.start()) {
            HttpLoadPlan plan =
                    new HttpLoadPlan("127.0.0.1", origin.port(), 2, 0, 0, 0, TimeUnit.MILLISECONDS.toNanos(300));
            LoadWatcher stopper = new LoadWatcher() {
                @Override
                public void progress(long responses) {
                    origin.stop();
                }
            };
            IOException failure = assertThrows(
                    IOException.class,
                    () -> HttpLoad.run(plan, new HttpRequests("GET", "/fixed", 0, 100_000_000, false), stopper));
            assertTrue(
                    String.valueOf(failure.getMessage()).startsWith("all connections to 127.0.0.1:"),
                    failure.getMessage());
        }
    }

    private static HttpLoadPlan plan(int port, int connections, double rate) {
        return new HttpLoadPlan("127.0.0.1", port, connections, rate, 0, 0, TimeUnit.SECONDS.toNanos(10));
    }
}
