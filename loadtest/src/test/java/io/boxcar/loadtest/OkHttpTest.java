package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** OkHttp in HTTP/1.1, and in HTTP/2 with prior knowledge, in front of origins of both kinds. */
@ExtendWith(NoLeaks.class)
class OkHttpTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int UPLOAD_BYTES = 5_000_000;
    private static final int CONCURRENT = 300;
    private static final MediaType BYTES = MediaType.get("application/octet-stream");

    private static EachHttpMode each;

    @BeforeAll
    static void start() throws IOException {
        each = EachHttpMode.start();
    }

    @AfterAll
    static void stop() {
        each.close();
    }

    static Stream<Arguments> versions() {
        return Stream.of(Protocol.HTTP_1_1, Protocol.H2_PRIOR_KNOWLEDGE)
                .flatMap(front -> Stream.of(HttpVersionBehind.values()).map(behind -> Arguments.of(front, behind)));
    }

    /** A client with threads and connections of its own, which end with it. */
    private record Client(OkHttpClient http, HttpVersionBehind upstream) implements AutoCloseable {
        Client(Protocol protocol, HttpVersionBehind upstream) {
            this(
                    new OkHttpClient.Builder()
                            .protocols(List.of(protocol))
                            .callTimeout(PATIENCE)
                            .readTimeout(PATIENCE)
                            .retryOnConnectionFailure(false)
                            .build(),
                    upstream);
            http.dispatcher().setMaxRequests(CONCURRENT);
            http.dispatcher().setMaxRequestsPerHost(CONCURRENT);
        }

        Request.Builder to(String path) {
            return new Request.Builder().url(each.url(upstream, path));
        }

        Response call(Request.Builder request) throws IOException {
            return http.newCall(request.build()).execute();
        }

        CompletableFuture<String> callLater(Request.Builder request) {
            CompletableFuture<String> body = new CompletableFuture<>();
            http.newCall(request.build()).enqueue(new Callback() {
                @Override
                public void onFailure(Call call, IOException e) {
                    body.completeExceptionally(e);
                }

                @Override
                public void onResponse(Call call, Response response) throws IOException {
                    try (response) {
                        body.complete(response.body().string());
                    }
                }
            });
            return body;
        }

        @Override
        public void close() {
            http.dispatcher().executorService().shutdown();
            http.connectionPool().evictAll();
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void getsAndPosts(Protocol protocol, HttpVersionBehind upstream) throws Exception {
        try (Client client = new Client(protocol, upstream)) {
            try (Response response = client.call(client.to("/echo?q=1"))) {
                assertEquals(protocol, response.protocol());
                String body = response.body().string();
                assertTrue(body.startsWith("GET /echo?q=1\n"), body);
            }
            try (Response response = client.call(client.to("/echo").post(RequestBody.create("hello", null)))) {
                String body = response.body().string();
                assertTrue(body.startsWith("POST /echo\n") && body.endsWith("\n\nhello"), body);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void uploadsABodyOfUnknownLength(Protocol protocol, HttpVersionBehind upstream) throws Exception {
        byte[] sent = new byte[UPLOAD_BYTES];
        new Random(1).nextBytes(sent);
        RequestBody streamed = new RequestBody() {
            @Override
            public @Nullable MediaType contentType() {
                return BYTES;
            }

            @Override
            public void writeTo(BufferedSink sink) throws IOException {
                sink.write(sent);
            }
        };
        try (Client client = new Client(protocol, upstream);
                Response response = client.call(client.to("/echo").put(streamed))) {
            byte[] all = response.body().bytes();
            assertEquals(-1, Arrays.mismatch(all, all.length - sent.length, all.length, sent, 0, sent.length));
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void manyAtOnceGetTheirOwnAnswers(Protocol protocol, HttpVersionBehind upstream) throws Exception {
        try (Client client = new Client(protocol, upstream)) {
            List<CompletableFuture<String>> all = new ArrayList<>();
            for (int i = 0; i < CONCURRENT; i++) {
                Request.Builder request = client.to("/echo?number=" + i);
                all.add(client.callLater(i % 3 == 0 ? request.post(RequestBody.create("body " + i, null)) : request));
            }
            for (int i = 0; i < CONCURRENT; i++) {
                String body = all.get(i).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                String method = i % 3 == 0 ? "POST" : "GET";
                assertTrue(body.startsWith(method + " /echo?number=" + i + "\n"), body);
                assertTrue(i % 3 != 0 || body.endsWith("\n\nbody " + i), body);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void getsTrailers(Protocol protocol, HttpVersionBehind upstream) throws Exception {
        try (Client client = new Client(protocol, upstream);
                Response response = client.call(client.to("/chunked?chunks=1000&bytes=1000")
                        .header("TE", "trailers")
                        .header("Connection", protocol == Protocol.HTTP_1_1 ? "TE" : "keep-alive"))) {
            assertEquals(1_000_000, response.body().bytes().length);
            assertEquals("1000", response.trailers().get("boxcar-chunks"));
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void goesOnAfterCancelledCalls(Protocol protocol, HttpVersionBehind upstream) throws Exception {
        try (Client client = new Client(protocol, upstream)) {
            for (int i = 0; i < 10; i++) {
                Call call =
                        client.http.newCall(client.to("/fixed?bytes=1000000000").build());
                try (Response response = call.execute()) {
                    assertEquals(100_000, response.body().byteStream().readNBytes(100_000).length);
                    call.cancel();
                }
            }
            try (Response response = client.call(client.to("/fixed?bytes=10"))) {
                assertEquals("x".repeat(10), response.body().string());
            }
            Eventually.isTrue(
                    "nothing is in flight", () -> each.boxcar(upstream).stat("upstreams", "in_flight") == 0);
        }
    }
}
