package io.boxcar.loadtest.origin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ChallengeOriginTest {
    private static final String NOTHING = "{\"totalRequests\":0,\"uniqueUsers\":0,\"sum\":0,\"avg\":0}";

    private HttpOrigin origin;
    private HttpClient client;

    @BeforeEach
    void start() throws IOException {
        origin = HttpOrigin.startChallenge();
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    @AfterEach
    void stop() {
        client.close();
        origin.close();
    }

    @Test
    void countsEvents() throws IOException, InterruptedException {
        assertEquals(NOTHING, get("/stats"));
        assertEquals(201, event("{\"userId\":\"user_1\",\"value\":3}").statusCode());
        assertEquals(201, event("{\"userId\":\"user_2\",\"value\":4}").statusCode());
        HttpResponse<String> third = event("{\"userId\":\"user_1\",\"value\":0}");
        assertEquals("{\"status\":\"ok\"}", third.body());
        assertEquals(
                "application/json", third.headers().firstValue("content-type").orElseThrow());
        assertEquals("{\"totalRequests\":3,\"uniqueUsers\":2,\"sum\":7,\"avg\":2.3333333333333335}", get("/stats"));
    }

    @Test
    void startsAgainFromNothingAfterAReset() throws IOException, InterruptedException {
        event("{\"userId\":\"user_1\",\"value\":3}");
        assertEquals(204, post("/reset", "").statusCode());
        assertEquals(NOTHING, get("/stats"));
        event("{\"userId\":\"user_1\",\"value\":5}");
        assertEquals("{\"totalRequests\":1,\"uniqueUsers\":1,\"sum\":5,\"avg\":5}", get("/stats"));
    }

    @Test
    void addsFractionsExactly() throws IOException, InterruptedException {
        for (int i = 0; i < 10; i++) {
            assertEquals(201, event("{\"userId\":\"a\",\"value\":0.1}").statusCode());
        }
        assertEquals(201, event("{\"userId\":\"a\",\"value\":-2.5e-1}").statusCode());
        assertEquals(201, event("{\"userId\":\"a\",\"value\":-1e9}").statusCode());
        assertTrue(get("/stats").contains("\"sum\":-999999999.25,"), get("/stats"));
    }

    @Test
    void readsTheKeysInAnyOrderWithWhiteSpaceAndEscapes() throws IOException, InterruptedException {
        for (String json : List.of(
                "{\"value\":1,\"userId\":\"user_1\"}",
                " {\r\n\t\"userId\" : \"user_1\" , \"value\" : 1 } \n",
                "{\"user\\u0049d\":\"user\\u005f1\",\"value\":1}")) {
            assertEquals(201, event(json).statusCode(), json);
        }
        for (String json : List.of(
                "{\"userId\":\"\\u00e9\\ud83d\\ude00\\n\",\"value\":1}",
                "{\"userId\":\"\u00e9\ud83d\ude00\\n\",\"value\":1}")) {
            assertEquals(201, event(json).statusCode(), json);
        }
        assertTrue(get("/stats").startsWith("{\"totalRequests\":5,\"uniqueUsers\":2,"), get("/stats"));
    }

    @Test
    void refusesWhatIsNoEventAndCountsNothing() throws IOException, InterruptedException {
        for (String json : List.of(
                "",
                "null",
                "[]",
                "{",
                "{}",
                "{\"userId\":\"a\"}",
                "{\"value\":1}",
                "{\"userId\":\"a\",\"value\":}",
                "{\"userId\":\"a\",\"value\":1",
                "{\"userId\":\"a\",\"value\":1}x",
                "{\"userId\":\"a\",\"value\":1,}",
                "{\"userId\":\"a\" \"value\":1}",
                "{\"userId\":\"a\",\"value\":1,\"value\":2}",
                "{\"userId\":\"a\",\"value\":1,\"more\":2}",
                "{\"userId\":1,\"value\":1}",
                "{\"userId\":null,\"value\":1}",
                "{\"userId\":\"\",\"value\":1}",
                "{\"userId\":\"a,\"value\":1}",
                "{\"userId\":\"\\x\",\"value\":1}",
                "{\"userId\":\"\\u12\",\"value\":1}",
                "{\"userId\":\"\\ud83d\",\"value\":1}",
                "{\"userId\":\"\\ude00\",\"value\":1}",
                "{\"userId\":\"a\nb\",\"value\":1}",
                "{userId:\"a\",\"value\":1}",
                "{\"userId\":\"a\",\"value\":\"1\"}",
                "{\"userId\":\"a\",\"value\":01}",
                "{\"userId\":\"a\",\"value\":+1}",
                "{\"userId\":\"a\",\"value\":.5}",
                "{\"userId\":\"a\",\"value\":1.}",
                "{\"userId\":\"a\",\"value\":1e}",
                "{\"userId\":\"a\",\"value\":-}",
                "{\"userId\":\"a\",\"value\":NaN}",
                "{\"userId\":\"a\",\"value\":1.00001}",
                "{\"userId\":\"a\",\"value\":1000000001}",
                "{\"userId\":\"a\",\"value\":99999999999999999999}",
                "{\"userId\":\"a\",\"value\":1e9999}",
                "{\"userId\":\"a\",\"value\":1e99999}",
                "{\"userId\":\"" + "a".repeat(1_024) + "\",\"value\":1}")) {
            HttpResponse<String> response = event(json);
            assertEquals(400, response.statusCode(), json);
            assertTrue(response.body().startsWith("{\"error\":\""), response.body());
        }
        byte[] notUtf8 = "{\"userId\":\"\u00e9\",\"value\":1}".getBytes(StandardCharsets.ISO_8859_1);
        assertEquals(
                400,
                send("/event", HttpRequest.BodyPublishers.ofByteArray(notUtf8)).statusCode());
        assertEquals(NOTHING, get("/stats"));
    }

    @Test
    void refusesOtherPathsAndMethods() throws IOException, InterruptedException {
        assertEquals(404, post("/events", "").statusCode());
        assertEquals(405, post("/stats", "").statusCode());
        HttpResponse<String> response =
                client.send(HttpRequest.newBuilder(uri("/event")).build(), HttpResponse.BodyHandlers.ofString());
        assertEquals(405, response.statusCode());
        assertEquals("POST", response.headers().firstValue("allow").orElseThrow());
    }

    @Test
    void tellsEventsThatCameTwice() throws IOException, InterruptedException {
        for (String id : List.of("0", "1", "63", "64", "1", "100000")) {
            HttpRequest request = HttpRequest.newBuilder(uri("/event"))
                    .header("event-id", id)
                    .POST(HttpRequest.BodyPublishers.ofString("{\"userId\":\"a\",\"value\":1}"))
                    .build();
            assertEquals(
                    201,
                    client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode());
        }
        assertEquals("{\"distinct\":5,\"repeated\":1}", get("/ids"));
    }

    @Test
    void isExactWithEightConnectionsAtOnce() throws Exception {
        int connections = 8;
        int each = 12_500;
        List<Callable<Void>> clients = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            int first = i * each;
            clients.add(() -> {
                sendEvents(first, first + each);
                return null;
            });
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(connections)) {
            for (Future<Void> done : threads.invokeAll(clients)) {
                done.get();
            }
        }
        assertEquals("{\"totalRequests\":100000,\"uniqueUsers\":75000,\"sum\":49950000,\"avg\":499.5}", get("/stats"));
    }

    /** Sends the events from {@code first} to before {@code end}, some of them pipelined, and reads their responses. */
    private void sendEvents(int first, int end) throws IOException {
        int pipelined = 50;
        byte[] expected = null;
        try (Socket socket = new Socket("127.0.0.1", origin.port());
                OutputStream out = socket.getOutputStream();
                InputStream in = new BufferedInputStream(socket.getInputStream())) {
            for (int i = first; i < end; i += pipelined) {
                StringBuilder requests = new StringBuilder();
                for (int j = i; j < i + pipelined; j++) {
                    String json = "{\"userId\":\"user_" + j % 75_000 + "\",\"value\":" + j % 1_000 + "}";
                    requests.append("POST /event HTTP/1.1\r\nHost: a\r\nContent-Length: ")
                            .append(json.length())
                            .append("\r\n\r\n")
                            .append(json);
                }
                out.write(requests.toString().getBytes(StandardCharsets.US_ASCII));
                for (int j = 0; j < pipelined; j++) {
                    byte[] response = in.readNBytes(
                            "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n{\"status\":\"ok\"}"
                                    .length());
                    expected = expected == null ? response : expected;
                    assertEquals(
                            new String(expected, StandardCharsets.US_ASCII),
                            new String(response, StandardCharsets.US_ASCII));
                }
            }
        }
        assertTrue(expected != null && new String(expected, StandardCharsets.US_ASCII).startsWith("HTTP/1.1 201 "));
    }

    private String get(String path) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private HttpResponse<String> event(String json) throws IOException, InterruptedException {
        return post("/event", json);
    }

    private HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return send(path, HttpRequest.BodyPublishers.ofString(body));
    }

    private HttpResponse<String> send(String path, HttpRequest.BodyPublisher body)
            throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(uri(path)).POST(body).build(), HttpResponse.BodyHandlers.ofString());
    }

    private URI uri(String path) {
        return URI.create("http://" + origin.address() + path);
    }
}
