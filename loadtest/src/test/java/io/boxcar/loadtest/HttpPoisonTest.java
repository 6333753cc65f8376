package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Named bytes of clients and origins that have once made Boxcar see a message where there was none, or wait for one in vain. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
class HttpPoisonTest {
    private static final String STOLEN = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen";

    private static byte[] get(String target) {
        return ("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    private static LocalBoxcar before(ScriptedOrigin origin) {
        return LocalBoxcar.http(
                        origin.address(), "upstreams.http.http.mode=pipeline", "upstreams.http.http.connections=1")
                .ready();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 44", "Transfer-Encoding: chunked"})
    void theBodyOfA204IsNotTheNextResponse(String framing) throws IOException {
        try (ScriptedOrigin origin = ScriptedOrigin.start();
                LocalBoxcar boxcar = before(origin);
                Wire wire = boxcar.connect()) {
            String bytes = "HTTP/1.1 204 No Content\r\n" + framing + "\r\n\r\n" + STOLEN;
            origin.answer("/204", new ScriptedOrigin.Script(bytes, false));
            wire.sendBytes(get("/first"));
            assertEquals(ScriptedOrigin.echo("/first"), wire.httpResponse());
            wire.sendBytes((new String(get("/204"), StandardCharsets.US_ASCII)
                            + new String(get("/behind"), StandardCharsets.US_ASCII))
                    .getBytes(StandardCharsets.US_ASCII));
            assertEquals("HTTP/1.1 204 No Content\r\n\r\n", wire.httpResponse());
            assertEquals(ScriptedOrigin.echo("/behind"), wire.httpResponse());
            assertEquals(1, boxcar.stat("upstreams", "poisoned"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"})
    void aRequestWithABodyIsNoUpgrade(String body) throws IOException {
        try (RecordingOrigin origin = RecordingOrigin.strict();
                LocalBoxcar boxcar = LocalBoxcar.http(origin.address(), "upstreams.http.http.mode=pipeline")
                        .ready();
                Wire wire = boxcar.connect()) {
            String head = "POST /both HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
            wire.sendBytes((head + body).getBytes(StandardCharsets.US_ASCII));
            assertTrue(wire.httpResponse().endsWith("POST /both 5\n"));
        }
    }

    @Test
    void uploadsThatDoNotEndKeepNobodyElseWaiting() throws IOException {
        try (ScriptedOrigin origin = ScriptedOrigin.start();
                LocalBoxcar boxcar = before(origin);
                Wire upload = boxcar.connect();
                Wire other = boxcar.connect()) {
            upload.sendBytes("POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
            Eventually.isTrue("it is on its way", () -> boxcar.stat("upstreams", "requests") == 1);
            other.sendBytes(get("/other"));
            assertEquals(ScriptedOrigin.echo("/other"), other.httpResponse());
        }
    }
}
