package io.boxcar.loadtest.origin;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HttpOriginTest {
    private HttpOrigin origin;
    private HttpClient client;

    @BeforeEach
    void start() throws IOException {
        origin = HttpOrigin.start();
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    @AfterEach
    void stop() {
        client.close();
        origin.close();
    }

    @Test
    void listsItsPages() throws IOException, InterruptedException {
        assertTrue(get("/").body().contains("/chunked?chunks=N"));
        assertEquals(404, get("/nowhere").statusCode());
    }

    @Test
    void echoesRequestLineHeadersAndBody() throws IOException {
        String response = raw("""
                POST /echo?a=b HTTP/1.1
                Host: example
                X-Mixed-Case: Kept
                x-second:  1
                Content-Length: 5
                Connection: close

                hello""");
        assertTrue(response.startsWith("HTTP/1.1 200 OK\r\n"), response);
        assertTrue(response.endsWith("""
                POST /echo?a=b
                Host: example
                X-Mixed-Case: Kept
                x-second: 1
                Content-Length: 5
                Connection: close

                hello"""), response);
    }

    @Test
    void streamsALargeBodyBack() throws IOException, InterruptedException {
        byte[] body = new byte[5_000_000];
        new Random(1).nextBytes(body);
        HttpResponse<byte[]> response = client.send(
                HttpRequest.newBuilder(uri("/echo"))
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        byte[] tail = new byte[body.length];
        System.arraycopy(response.body(), response.body().length - body.length, tail, 0, body.length);
        assertArrayEquals(body, tail);
    }

    @Test
    void hasBodiesOfAnyLength() throws IOException, InterruptedException {
        for (int bytes : new int[] {0, 1, 65_536, 65_537, 10_000_000}) {
            HttpResponse<String> response = get("/fixed?bytes=" + bytes);
            assertEquals(
                    bytes, response.headers().firstValueAsLong("content-length").orElseThrow());
            assertEquals(bytes, response.body().length());
        }
        assertEquals(100, get("/fixed").body().length());
    }

    @Test
    void refusesParametersThatAreNoNumbersInTheirRange() throws IOException, InterruptedException {
        HttpResponse<String> response = get("/fixed?bytes=-1");
        assertEquals(400, response.statusCode());
        assertTrue(response.body().startsWith("bytes=-1 is not a number from 0 to"), response.body());
    }

    @Test
    void sendsChunksAndATrailer() throws IOException {
        String response = raw("GET /chunked?chunks=2&bytes=3 HTTP/1.1\nHost: a\nConnection: close\n\n");
        assertTrue(response.endsWith("\r\n\r\n3\r\nxxx\r\n3\r\nxxx\r\n0\r\nboxcar-chunks: 2\r\n\r\n"), response);
    }

    @Test
    void answersWithAnyStatusAndOmitsTheBodyWhereThereIsNone() throws IOException, InterruptedException {
        for (int code : new int[] {200, 204, 304, 404, 418, 503}) {
            assertEquals(code, get("/status?code=" + code).statusCode());
        }
    }

    @Test
    void sendsEvents() throws IOException, InterruptedException {
        HttpResponse<String> response = get("/sse?events=3&ms=1");
        assertEquals(
                "text/event-stream",
                response.headers().firstValue("content-type").orElseThrow());
        assertEquals("id: 1\ndata: event 1\n\nid: 2\ndata: event 2\n\nid: 3\ndata: event 3\n\n", response.body());
    }

    @Test
    void answersPipelinedRequestsInOrderThoughTheFirstIsSlow() throws IOException {
        String response = raw("GET /slow?ms=20 HTTP/1.1\nHost: a\n\nGET /status?code=201 HTTP/1.1\nHost: a\n\n"
                + "GET /status?code=202 HTTP/1.1\nHost: a\nConnection: close\n\n");
        int slow = response.indexOf("HTTP/1.1 200");
        int second = response.indexOf("HTTP/1.1 201");
        assertTrue(slow == 0 && second > slow && response.indexOf("HTTP/1.1 202") > second, response);
    }

    @Test
    void leavesTheBodyOutOfTheResponseToHead() throws IOException {
        for (String path : new String[] {"/fixed?bytes=7", "/fixed?bytes=100000", "/chunked", "/sse", "/echo"}) {
            String response = raw("HEAD " + path + " HTTP/1.1\nHost: a\nConnection: close\n\n");
            assertTrue(response.startsWith("HTTP/1.1 200 OK\r\n") && response.endsWith("\r\n\r\n"), response);
        }
    }

    @Test
    void endsTheBodyWithTheConnectionForAnHttp10Client() throws IOException {
        String response = raw("GET /chunked?chunks=2&bytes=3 HTTP/1.0\n\n");
        assertFalse(response.contains("chunked"), response);
        assertTrue(response.endsWith("\r\n\r\nxxxxxx"), response);
    }

    @Test
    void answersAHalfClosedClient() throws IOException {
        try (Socket socket = new Socket("127.0.0.1", origin.port())) {
            socket.getOutputStream()
                    .write("GET /slow?ms=20 HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            assertTrue(readAll(socket).startsWith("HTTP/1.1 200 OK\r\n"));
        }
    }

    @Test
    void refusesWhatIsNotHttp() throws IOException {
        assertTrue(raw("GET / HTTP/1.1\nContent-Length: x\n\n").startsWith("HTTP/1.1 400"));
    }

    @Test
    void speaksHttp2WithPriorKnowledge() throws Exception {
        try (H2cClient h2 = H2cClient.connect(origin.port())) {
            assertEquals("200 " + "x".repeat(100), h2.exchange("GET", "/fixed", ""));
            String echo = h2.exchange("POST", "/echo", "hello");
            assertTrue(echo.startsWith("200 POST /echo\n") && echo.endsWith("\n\nhello"), echo);
            assertEquals("200 " + "x".repeat(200_000), h2.exchange("GET", "/fixed?bytes=200000", ""));
            assertEquals("200 xxxxxx boxcar-chunks=2", h2.exchange("GET", "/chunked?chunks=2&bytes=3", ""));
        }
    }

    @Test
    void countsConnectionsAndRequests() throws IOException, InterruptedException {
        get("/fixed");
        get("/fixed");
        assertEquals(1, origin.acceptedConnections());
        assertEquals(2, origin.requests());
        assertEquals(1, origin.openConnections());
        assertEquals(
                "{\"openConnections\":1,\"acceptedConnections\":1,\"requests\":3}",
                get("/counters").body());
    }

    @Test
    void resetsConnectionsOnDemand() throws IOException {
        try (Socket first = connected();
                Socket second = connected()) {
            assertTrue(origin.resetRandomConnection(new Random(1)));
            origin.resetConnections();
            for (Socket socket : new Socket[] {first, second}) {
                IOException failure = assertThrows(
                        IOException.class, () -> socket.getInputStream().read());
                assertEquals("Connection reset", failure.getMessage());
            }
        }
    }

    @Test
    void listensOnTheSamePortAfterAStop() throws IOException, InterruptedException {
        int port = origin.port();
        try (Socket socket = connected()) {
            origin.stop();
            assertEquals(0, origin.openConnections());
            assertThrows(IOException.class, () -> socket.getInputStream().read());
        }
        assertThrows(IOException.class, () -> new Socket("127.0.0.1", port).close());
        origin.restart();
        assertEquals(port, origin.port());
        assertEquals(200, get("/fixed").statusCode());
    }

    @Test
    void refusesAPortThatAnotherOriginHas() {
        IOException failure = assertThrows(IOException.class, () -> HttpOrigin.start(origin.address(), 2));
        assertTrue(
                String.valueOf(failure.getMessage()).startsWith("cannot listen on 127.0.0.1:" + origin.port()),
                failure.getMessage());
    }

    @Test
    void listensOnAUnixSocket(@TempDir Path directory) throws IOException {
        Path socket = directory.resolve("http.sock");
        try (HttpOrigin unix = HttpOrigin.start(new Address.Unix(socket.toString()), 2);
                SocketChannel channel = SocketChannel.open(java.net.UnixDomainSocketAddress.of(socket))) {
            channel.write(
                    ByteBuffer.wrap("GET /fixed HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
            ByteBuffer start = ByteBuffer.allocate(15);
            while (start.hasRemaining() && channel.read(start) >= 0) {}
            assertEquals("HTTP/1.1 200 OK", new String(start.array(), StandardCharsets.US_ASCII));
            assertEquals(1, unix.requests());
        }
        assertFalse(java.nio.file.Files.exists(socket));
    }

    /** A connection that the origin has answered once, and so has accepted. */
    private Socket connected() throws IOException {
        Socket socket = new Socket("127.0.0.1", origin.port());
        socket.getOutputStream()
                .write("GET /status?code=204 HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        InputStream in = socket.getInputStream();
        String response = "";
        while (!response.endsWith("\r\n\r\n")) {
            response += (char) in.read();
        }
        return socket;
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private URI uri(String path) {
        return URI.create("http://" + origin.address() + path);
    }

    /** Sends {@code request}, with its line ends made those of HTTP, and reads until the origin closes. */
    private String raw(String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", origin.port())) {
            socket.getOutputStream().write(request.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            return readAll(socket);
        }
    }

    private static String readAll(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
}
