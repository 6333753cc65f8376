package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.loadtest.HttpResponseReader.Progress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class HttpResponseReaderTest {
    private final HttpResponseReader reader = new HttpResponseReader();

    @Test
    void readsABodyWithALengthAtAnySplit() {
        checkAtEverySplit("HTTP/1.1 201 Created\r\nCONTENT-LENGTH: 5\r\nx: y\r\n\r\nhello", 201, "hello");
    }

    @Test
    void readsChunksWithExtensionsAndTrailersAtAnySplit() {
        checkAtEverySplit(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\nA\r\n0123456789\r\n0\r\nt: u\r\n\r\n",
                200,
                "hello0123456789");
    }

    @Test
    void skipsInformationalResponsesAtAnySplit() {
        checkAtEverySplit(
                "HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 200, "");
    }

    @Test
    void knowsWhichResponsesHaveNoBody() {
        checkAtEverySplit("HTTP/1.1 204 No Content\r\n\r\n", 204, "");
        checkAtEverySplit("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, "");
        reader.expect(true);
        assertEquals(Progress.WHOLE, reader.read(buffer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")));
    }

    @Test
    void takesTheEndOfTheConnectionForTheEndOfABodyWithoutALength() {
        reader.expect(false);
        assertEquals(Progress.PARTIAL, reader.read(buffer("HTTP/1.1 200 OK\r\n\r\nhello")));
        assertTrue(reader.endsWithConnection());
        assertFalse(reader.keepAlive());
        assertEquals("hello", keptBody());
    }

    @Test
    void knowsWhenTheConnectionIsNotKept() {
        reader.expect(false);
        reader.read(buffer("HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n"));
        assertFalse(reader.keepAlive());
        reader.expect(false);
        reader.read(buffer("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"));
        assertFalse(reader.keepAlive());
        reader.expect(false);
        reader.read(buffer("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"));
        assertTrue(reader.keepAlive());
    }

    @Test
    void leavesWhatFollowsTheResponse() {
        reader.expect(false);
        ByteBuf in = buffer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP");
        assertEquals(Progress.WHOLE, reader.read(in));
        assertEquals("HTTP", in.toString(StandardCharsets.US_ASCII));
    }

    @Test
    void countsALongBodyAndKeepsItsBeginning() {
        reader.expect(false);
        String body = "a" + "b".repeat(10_000);
        assertEquals(Progress.WHOLE, reader.read(buffer("HTTP/1.1 200 OK\r\nContent-Length: 10001\r\n\r\n" + body)));
        assertEquals(10_001, reader.bodyBytes());
        assertEquals(body.substring(0, 4_096), keptBody());
    }

    @Test
    void refusesWhatIsNoResponse() {
        for (String text : new String[] {
            "SSH-2.0-OpenSSH\r\n",
            "HTTP/1.1 x00 OK\r\n",
            "HTTP/1.1 200 OK\r\nno colon\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n"
        }) {
            reader.expect(false);
            assertEquals(Progress.INVALID, reader.read(buffer(text)), text);
        }
    }

    /** Lines that are not all there stay in the buffer, as the connection keeps them. */
    private void checkAtEverySplit(String response, int status, String body) {
        for (int split = 0; split < response.length(); split++) {
            reader.expect(false);
            ByteBuf in = Unpooled.buffer();
            in.writeCharSequence(response.substring(0, split), StandardCharsets.US_ASCII);
            assertEquals(Progress.PARTIAL, reader.read(in), () -> response);
            in.writeCharSequence(response.substring(split), StandardCharsets.US_ASCII);
            assertEquals(Progress.WHOLE, reader.read(in), "split at " + split);
            assertFalse(in.isReadable());
            assertEquals(status, reader.status());
            assertEquals(body, keptBody());
        }
    }

    private String keptBody() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < reader.keptBytes(); i++) {
            text.append((char) reader.bodyByte(i));
        }
        return text.toString();
    }

    private static ByteBuf buffer(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }
}
