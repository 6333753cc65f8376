package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.loadtest.origin.HttpOrigin;
import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Origins that speak HTTPS, behind Boxcar: another Boxcar, which speaks HTTP/2 and HTTP/1.1, and nginx. */
@ExtendWith(NoLeaks.class)
class HttpsUpstreamTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int LARGE_BYTES = 8_000_000;

    @TempDir
    private static Path folder;

    private static Certificates certificates;
    private static Certificates.Pair server;
    private static HttpOrigin origin;
    private static LocalBoxcar secure;

    @BeforeAll
    static void start() throws Exception {
        certificates = Certificates.in(folder);
        server = certificates.issue(
                "server",
                builder -> builder.addSanDnsName("api.example")
                        .addSanDnsName("localhost")
                        .addSanIpAddress("127.0.0.1"));
        origin = HttpOrigin.start();
        secure = LocalBoxcar.http(origin.address(), server.ofListener("http").toArray(String[]::new))
                .ready();
    }

    @AfterAll
    static void stop() {
        if (secure != null) {
            secure.close();
            origin.close();
        }
    }

    private static LocalBoxcar boxcar(Address upstream, String... more) {
        List<String> settings = new ArrayList<>(
                List.of("upstreams.http.tls.enabled=true", "upstreams.http.tls.ca=" + certificates.ca()));
        settings.addAll(List.of(more));
        return LocalBoxcar.http(upstream, settings.toArray(String[]::new));
    }

    private static HttpRequest.Builder to(LocalBoxcar boxcar, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + boxcar.port() + path))
                .version(HttpClient.Version.HTTP_1_1)
                .timeout(PATIENCE);
    }

    private static String get(LocalBoxcar boxcar, String path) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> response = client.send(to(boxcar, path).build(), BodyHandlers.ofString());
            return response.statusCode() + " " + response.body();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "h2", "pipeline", "keepalive"})
    void requestsAndLargeBodiesPassInEachMode(String mode) throws Exception {
        byte[] sent = new byte[LARGE_BYTES];
        new Random(1).nextBytes(sent);
        try (LogLines log = new LogLines();
                LocalBoxcar boxcar = boxcar(secure.address(), "upstreams.http.http.mode=" + mode)
                        .ready();
                HttpClient client = HttpClient.newHttpClient()) {
            for (int i = 0; i < 20; i++) {
                String answer = get(boxcar, "/echo?i=" + i);
                assertTrue(answer.startsWith("200 GET /echo?i=" + i + "\n"), answer);
            }
            byte[] echo = client.send(
                            to(boxcar, "/echo")
                                    .PUT(BodyPublishers.ofByteArray(sent))
                                    .build(),
                            BodyHandlers.ofByteArray())
                    .body();
            assertArrayEquals(sent, Arrays.copyOfRange(echo, echo.length - sent.length, echo.length));
            boolean isHttp2 = mode.equals("auto") || mode.equals("h2");
            assertTrue(log.has(secure.address() + " connected: " + (isHttp2 ? "HTTP/2" : "HTTP/1.1")), log::toString);
        }
    }

    @Test
    void namesThatAreLookedUpAreStillTheOnesThatMustBeProven() throws Exception {
        Address named = new Address.Tcp("localhost", secure.port());
        try (LocalBoxcar boxcar = boxcar(named).ready()) {
            assertTrue(get(boxcar, "/echo").startsWith("200 "));
        }
        try (LocalBoxcar boxcar = boxcar(named, "upstreams.http.tls.server-name=other.example")) {
            String answer = get(boxcar, "/echo");
            assertTrue(answer.startsWith("503 ") || answer.startsWith("502 "), answer);
            assertTrue(answer.contains("not for other.example"), answer);
            assertTrue(boxcar.boxcar().obstacles().toString().contains("not for other.example"));
        }
    }

    @Test
    void nginxIsSpokenToInWhatItOffers() throws Exception {
        Tool.assumeOnPath("nginx");
        int http2 = Loopback.freePort().port();
        int http1 = Loopback.freePort().port();
        try (Child nginx = nginx(http2, http1)) {
            for (int port : new int[] {http2, http1}) {
                try (LocalBoxcar boxcar = boxcar(Loopback.port(port), "upstreams.http.tls.server-name=api.example")
                        .ready()) {
                    String spoken = port == http2 ? "HTTP/2.0" : "HTTP/1.1";
                    assertEquals(
                            "200 " + spoken + " https api.example",
                            get(boxcar, "/").strip());
                    assertEquals(
                            "200 " + spoken + " https api.example",
                            get(boxcar, "/").strip());
                }
            }
            try (LocalBoxcar boxcar = boxcar(Loopback.port(http1), "upstreams.http.http.mode=h2")) {
                String answer = get(boxcar, "/");
                assertTrue(
                        answer.contains("no protocol (ALPN)") || answer.contains("it does not offer h2 (ALPN)"),
                        answer);
            }
            assertTrue(nginx.isAlive());
        }
    }

    private static Child nginx(int http2, int http1) throws IOException {
        Path config = Files.writeString(
                folder.resolve("nginx.conf"), """
                daemon off;
                master_process off;
                pid nginx.pid;
                error_log stderr;
                events {}
                http {
                    access_log off;
                    client_body_temp_path body;
                    proxy_temp_path proxy;
                    fastcgi_temp_path fastcgi;
                    uwsgi_temp_path uwsgi;
                    scgi_temp_path scgi;
                    ssl_certificate %s;
                    ssl_certificate_key %s;
                    server {
                        listen 127.0.0.1:%d ssl http2;
                        location / { return 200 "$server_protocol $scheme $ssl_server_name\\n"; }
                    }
                    server {
                        listen 127.0.0.1:%d ssl;
                        location / { return 200 "$server_protocol $scheme $ssl_server_name\\n"; }
                    }
                }
                """.formatted(server.cert(), server.key(), http2, http1));
        return new Children()
                .spawn("nginx", List.of("nginx", "-p", folder.toString(), "-e", "stderr", "-c", config.toString()));
    }
}
