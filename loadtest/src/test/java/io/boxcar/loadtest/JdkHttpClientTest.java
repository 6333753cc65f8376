package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The JDK's own client, which tries to upgrade clear connections to HTTP/2 and has to do with HTTP/1.1. */
@ExtendWith(NoLeaks.class)
class JdkHttpClientTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int UPLOAD_BYTES = 5_000_000;
    private static final int CONCURRENT = 300;

    private static EachHttpMode each;

    @BeforeAll
    static void start() throws IOException {
        each = EachHttpMode.start();
    }

    @AfterAll
    static void stop() {
        each.close();
    }

    private static HttpRequest.Builder to(HttpVersionBehind upstream, String path) {
        return HttpRequest.newBuilder(URI.create(each.url(upstream, path))).timeout(PATIENCE);
    }

    @ParameterizedTest
    @EnumSource
    void getsAndPosts(HttpVersionBehind upstream) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> got = client.send(to(upstream, "/echo?q=1").build(), BodyHandlers.ofString());
            assertEquals(200, got.statusCode());
            assertTrue(got.body().startsWith("GET /echo?q=1\n"), got.body());
            HttpResponse<String> posted = client.send(
                    to(upstream, "/echo").POST(BodyPublishers.ofString("hello")).build(), BodyHandlers.ofString());
            assertTrue(posted.body().startsWith("POST /echo\n"), posted.body());
            assertTrue(posted.body().endsWith("\n\nhello"), posted.body());
        }
    }

    @ParameterizedTest
    @EnumSource
    void streamsABodyBothWaysAfter100Continue(HttpVersionBehind upstream) throws Exception {
        byte[] sent = new byte[UPLOAD_BYTES];
        new Random(1).nextBytes(sent);
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (boolean known : new boolean[] {true, false}) {
                BodyPublishersOfBytes body = new BodyPublishersOfBytes(sent);
                HttpResponse<byte[]> echo = client.send(
                        to(upstream, "/echo")
                                .expectContinue(true)
                                .PUT(known ? body.known() : body.unknown())
                                .build(),
                        BodyHandlers.ofByteArray());
                byte[] all = echo.body();
                assertEquals(-1, Arrays.mismatch(all, all.length - sent.length, all.length, sent, 0, sent.length));
            }
        }
    }

    private record BodyPublishersOfBytes(byte[] bytes) {
        HttpRequest.BodyPublisher known() {
            return BodyPublishers.ofByteArray(bytes);
        }

        HttpRequest.BodyPublisher unknown() {
            return BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(bytes));
        }
    }

    @ParameterizedTest
    @EnumSource
    void manyAtOnceGetTheirOwnAnswers(HttpVersionBehind upstream) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
            for (int i = 0; i < CONCURRENT; i++) {
                HttpRequest.Builder request = to(upstream, "/echo?number=" + i);
                if (i % 3 == 0) {
                    request.POST(BodyPublishers.ofString("body " + i));
                }
                all.add(client.sendAsync(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8)));
            }
            for (int i = 0; i < CONCURRENT; i++) {
                String body = all.get(i).get().body();
                String method = i % 3 == 0 ? "POST" : "GET";
                assertTrue(body.startsWith(method + " /echo?number=" + i + "\n"), body);
                assertTrue(i % 3 != 0 || body.endsWith("\n\nbody " + i), body);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void hasAnswersOfEachFraming(HttpVersionBehind upstream) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            assertEquals(100_000, bytes(client, to(upstream, "/fixed?bytes=100000")));
            // Chunked, too, but without trailers: with assertions on, this client fails at any of them.
            assertEquals(42, bytes(client, to(upstream, "/sse?events=2&ms=1")));
            assertEquals(0, bytes(client, to(upstream, "/status?code=204")));
            assertEquals(0, bytes(client, to(upstream, "/fixed?bytes=1000").HEAD()));
        }
    }

    private static int bytes(HttpClient client, HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofByteArray()).body().length;
    }
}
