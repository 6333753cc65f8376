package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Server-sent events are not held back: each is with the client before the next one is made. */
@ExtendWith(NoLeaks.class)
class EventStreamTest {
    private static final int EVENTS = 50;

    @Test
    @Timeout(60)
    void eachEventArrivesBeforeTheNextIsSent() throws Exception {
        Semaphore seen = new Semaphore(1);
        HttpServer origin = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            origin.setExecutor(threads);
            origin.createContext("/events", exchange -> {
                exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
                exchange.sendResponseHeaders(200, 0);
                try (OutputStream out = exchange.getResponseBody()) {
                    for (int i = 0; i < EVENTS; i++) {
                        if (!seen.tryAcquire(20, TimeUnit.SECONDS)) {
                            throw new IOException("event " + (i - 1) + " has not arrived");
                        }
                        out.write(("data: " + i + "\n\n").getBytes(StandardCharsets.US_ASCII));
                        out.flush();
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            origin.start();
            try (LocalBoxcar boxcar = LocalBoxcar.http(
                                    Loopback.port(origin.getAddress().getPort()))
                            .ready();
                    HttpClient client = HttpClient.newHttpClient()) {
                HttpResponse<java.io.InputStream> response = client.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + boxcar.port() + "/events"))
                                .build(),
                        BodyHandlers.ofInputStream());
                try (BufferedReader lines =
                        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.US_ASCII))) {
                    for (int i = 0; i < EVENTS; i++) {
                        assertEquals("data: " + i, lines.readLine());
                        assertEquals("", lines.readLine());
                        seen.release();
                    }
                    assertEquals(null, lines.readLine());
                }
            } finally {
                origin.stop(0);
            }
        }
    }
}
