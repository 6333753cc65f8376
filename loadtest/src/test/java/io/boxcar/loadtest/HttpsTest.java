package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.loadtest.origin.HttpOrigin;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.X509TrustManager;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** HTTPS clients, each with the version of HTTP that the handshake settles; behind Boxcar an origin without TLS. */
@ExtendWith(NoLeaks.class)
class HttpsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int LARGE_BYTES = 8_000_000;

    @TempDir
    private static Path folder;

    private static Certificates certificates;
    private static Certificates.Pair listenerFiles;
    private static HttpOrigin origin;
    private static WebSocketOrigin sockets;
    private static LocalBoxcar boxcar;

    @BeforeAll
    static void start() throws Exception {
        certificates = Certificates.in(folder);
        listenerFiles = certificates.server();
        origin = HttpOrigin.start();
        sockets = WebSocketOrigin.start();
        List<String> settings = new ArrayList<>(listenerFiles.ofListener("http"));
        settings.add("upstreams.sockets.endpoints=" + sockets.address());
        settings.add("listeners.http.http.routes=[{ path = \"/ws\", upstream = sockets }]");
        boxcar = LocalBoxcar.http(origin.address(), settings.toArray(String[]::new))
                .ready();
    }

    @AfterAll
    static void stop() {
        if (boxcar != null) {
            boxcar.close();
            sockets.close();
            origin.close();
        }
    }

    private static String url(String path) {
        return "https://127.0.0.1:" + boxcar.port() + path;
    }

    private static HttpClient client(Version version) throws Exception {
        return HttpClient.newBuilder()
                .version(version)
                .sslContext(certificates.trusting())
                .build();
    }

    private static HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create(url(path))).timeout(PATIENCE);
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void theJdkClientSpeaksWhatItWants(Version version) throws Exception {
        byte[] sent = new byte[LARGE_BYTES];
        new Random(1).nextBytes(sent);
        try (HttpClient client = client(version)) {
            HttpResponse<String> got = client.send(to("/echo?q=1").build(), BodyHandlers.ofString());
            assertEquals(200, got.statusCode());
            assertEquals(version, got.version());
            assertTrue(got.body().startsWith("GET /echo?q=1\n"), got.body());
            byte[] echo = client.send(
                            to("/echo").PUT(BodyPublishers.ofByteArray(sent)).build(), BodyHandlers.ofByteArray())
                    .body();
            assertArrayEquals(sent, Arrays.copyOfRange(echo, echo.length - sent.length, echo.length));
            List<CompletableFuture<HttpResponse<byte[]>>> all = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                all.add(client.sendAsync(to("/fixed?bytes=400000").build(), BodyHandlers.ofByteArray()));
            }
            for (var each : all) {
                assertEquals(400_000, each.get(60, TimeUnit.SECONDS).body().length);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"HTTP_1_1, http/1.1", "HTTP_2, h2"})
    void okHttpSpeaksWhatItWants(Protocol protocol, String name) throws Exception {
        OkHttpClient client = new OkHttpClient.Builder()
                .protocols(
                        protocol == Protocol.HTTP_2
                                ? List.of(Protocol.HTTP_2, Protocol.HTTP_1_1)
                                : List.of(Protocol.HTTP_1_1))
                .sslSocketFactory(certificates.trusting().getSocketFactory(), (X509TrustManager)
                        certificates.trust().getTrustManagers()[0])
                .build();
        try (Response response = client.newCall(
                        new Request.Builder().url(url("/fixed?bytes=8000000")).build())
                .execute()) {
            assertEquals(name, response.protocol().toString());
            assertEquals(LARGE_BYTES, response.body().bytes().length);
        } finally {
            client.dispatcher().executorService().shutdown();
            client.connectionPool().evictAll();
        }
    }

    @ParameterizedTest
    @CsvSource({"--http1.0, 1.1", "--http1.1, 1.1", "--http2, 2", "--tlsv1.3, 2", "--tls-max, 2"})
    void curlSpeaksWhatItWants(String option, String version) throws Exception {
        Tool.assumeOnPath("curl");
        List<String> command = new ArrayList<>(List.of(
                "curl",
                "--silent",
                "--show-error",
                "--noproxy",
                "*",
                "--cacert",
                certificates.ca().toString(),
                option));
        if (option.equals("--tls-max")) {
            command.add("1.2");
        }
        command.addAll(List.of("-w", "%{http_code} %{http_version}", url("/echo?a=b")));
        String output = Tool.run("", PATIENCE.toSeconds(), command).orFail();
        assertTrue(output.startsWith("GET /echo?a=b\n"), output);
        assertTrue(output.endsWith("200 " + version), output);
    }

    @Test
    void anErrorThatEndsTheConnectionArrivesWhole() throws Exception {
        try (Wire client = Wire.secure(boxcar.address(), certificates.trusting())) {
            client.sendBytes("GET / HTTP/1.1\r\nHost : h\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            String all = client.readToEnd(); // and no complaint that TLS did not end
            assertTrue(all.startsWith("HTTP/1.1 400 "), all);
        }
    }

    @Test
    void anAnswerThatBreaksOffIsNotTakenForWhole() throws Exception {
        try (ServerSocket breaking = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                LocalBoxcar own = LocalBoxcar.http(Loopback.port(breaking.getLocalPort()), withMode("keepalive"));
                Wire client = Wire.secure(own.address(), certificates.trusting())) {
            Thread.ofVirtual().start(() -> breakOff(breaking));
            client.sendBytes(
                    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertFalse(client.endsProperly(), "the end of TLS would say that this was all");
        }
    }

    private static String[] withMode(String mode) {
        List<String> settings = new ArrayList<>(listenerFiles.ofListener("http"));
        settings.add("upstreams.http.http.mode=" + mode);
        return settings.toArray(String[]::new);
    }

    /** An origin whose answers say 10 MB and end long before. */
    private static void breakOff(ServerSocket origin) {
        try {
            while (true) {
                try (Socket socket = origin.accept()) {
                    if (socket.getInputStream().read() >= 0) {
                        socket.getOutputStream()
                                .write("HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n"
                                        .getBytes(StandardCharsets.US_ASCII));
                        socket.getOutputStream().write(new byte[300_000]);
                    }
                }
            }
        } catch (IOException e) {
            // The end of the test.
        }
    }

    @Test
    void webSocketsPass() throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        try (HttpClient client = client(Version.HTTP_1_1)) {
            WebSocket socket = client.newWebSocketBuilder()
                    .buildAsync(URI.create("wss://127.0.0.1:" + boxcar.port() + "/ws"), new WebSocket.Listener() {
                        @Override
                        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
                            heard.add(text.toString());
                            from.request(1);
                            return null;
                        }
                    })
                    .get(30, TimeUnit.SECONDS);
            socket.sendText("hello", true).get(30, TimeUnit.SECONDS);
            assertEquals("hello", heard.poll(30, TimeUnit.SECONDS));
            socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void whoReadsNothingIsCutOff() throws Exception {
        List<String> settings = new ArrayList<>(listenerFiles.ofListener("http"));
        settings.add("listeners.http.http.timeout.write=1 s");
        try (LocalBoxcar own = LocalBoxcar.http(origin.address(), settings.toArray(String[]::new))
                        .ready();
                Wire slow = Wire.secure(own.address(), certificates.trusting())) {
            slow.sendBytes(
                    "GET /fixed?bytes=1000000000 HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            Eventually.isTrue("it is cut off", () -> own.stat("listeners", "slow_clients_closed") == 1);
            Eventually.isTrue("nobody is left", () -> own.stat("listeners", "clients") == 0);
        }
    }
}
