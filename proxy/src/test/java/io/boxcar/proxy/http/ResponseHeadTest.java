package io.boxcar.proxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

final class ResponseHeadTest {
    private final ResponseHead head = new ResponseHead(Messages.LIMITS);

    @Test
    void writesTheCanonicalForm() {
        assertEquals(
                "HTTP/1.1 200 OK\r\nServer:  s \r\nContent-Length: 3\r\n\r\n",
                canonical(
                        "HTTP/1.1 200 OK\r\nConnection: keep-alive, x\r\nServer:  s \r\nX: 1\r\nKeep-Alive: timeout=5\r\n"
                                + "Content-Length: 3\r\nUpgrade: h2c\r\n\r\n"));
        assertEquals("HTTP/1.1 200 \r\na: b\r\n\r\n", canonical("HTTP/1.0 200\r\na: b\r\n\r\n"));
        assertEquals("HTTP/1.1 404 Not Found\r\n\r\n", canonical("HTTP/1.0 404 Not Found\r\n\r\n"));
        assertEquals("HTTP/1.1 200 \r\n\r\n", canonical("HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n"));
    }

    @Test
    void keepsAnUpgradeOnlyWhereAskedTo() {
        String response = "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: upgrade\r\nX: y\r\n\r\n";
        assertEquals("HTTP/1.1 101 S\r\nX: y\r\n\r\n", canonical(response));
        ByteBuf out = Unpooled.buffer();
        head.writeUpgradeTo(bytes(response), out);
        assertEquals(
                "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nX: y\r\nConnection: Upgrade\r\n\r\n",
                out.toString(ISO_8859_1));
    }

    @Test
    void knowsWhichResponsesHaveNoBody() {
        assertTrue(noBody("100 Continue", Method.POST));
        assertTrue(noBody("101 Switching", Method.GET));
        assertTrue(noBody("204 No\r\nContent-Length: 5", Method.GET));
        assertFalse(head.isEndToEnd(0));
        assertTrue(noBody("304 Not\r\nContent-Length: 5", Method.GET));
        assertTrue(head.isEndToEnd(0));
        assertTrue(noBody("200 OK\r\nContent-Length: 5", Method.HEAD));
        assertTrue(noBody("204 No\r\nTransfer-Encoding: chunked", Method.GET));
        assertTrue(noBody("200 OK", Method.CONNECT));
        assertTrue(noBody("299 OK", Method.CONNECT));
        assertFalse(noBody("300 no", Method.CONNECT));
        assertTrue(noBody("205 Reset", Method.GET));
        assertFalse(noBody("205 Reset\r\nContent-Length: 5", Method.GET));
        assertFalse(noBody("200 OK\r\nTransfer-Encoding: chunked", Method.GET));
    }

    @Test
    void knowsWhichBodiesEndWithTheConnection() {
        assertFalse(noBody("200 OK", Method.GET));
        assertTrue(head.isUntilClose(Method.GET));
        assertFalse(head.isUntilClose(Method.HEAD));
        noBody("200 OK\r\nContent-Length: 0", Method.GET);
        assertFalse(head.isUntilClose(Method.GET));
        noBody("205 Reset", Method.GET);
        assertFalse(head.isUntilClose(Method.GET));
    }

    @Test
    void knowsWhetherAndHowLongTheConnectionStays() {
        canonical("HTTP/1.1 200 OK\r\nKeep-Alive: max=3, Timeout=15\r\n\r\n");
        assertTrue(head.isPersistent());
        assertEquals(15, head.keepAliveTimeoutSeconds());
        canonical("HTTP/1.1 200 OK\r\nKeep-Alive: timeout=99999999999\r\n\r\n");
        assertEquals(Integer.MAX_VALUE, head.keepAliveTimeoutSeconds());
        canonical("HTTP/1.1 200 OK\r\nConnection: keep-alive, CLOSE\r\nKeep-Alive: timeout=x\r\n\r\n");
        assertFalse(head.isPersistent());
        assertEquals(-1, head.keepAliveTimeoutSeconds());
        canonical("HTTP/1.0 200 OK\r\n\r\n");
        assertFalse(head.isPersistent());
        canonical("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n\r\n");
        assertTrue(head.isPersistent());
    }

    @Test
    void refusesWhatCouldBeFramedInTwoWays() {
        for (String response : new String[] {
            "HTTP/1.1 099 OK",
            "HTTP/1.1 600 OK",
            "HTTP/1.1 1000 OK",
            "HTTP/1.1 20 OK",
            "HTTP/1.1 2x0 OK",
            "HTTP/1.1 200\tOK",
            "HTTP/1.1\t200 OK",
            "HTTP/1.2 200 OK",
            "HTTP/2.0 200 OK",
            "http/1.1 200 OK",
            "\r\nHTTP/1.1 200 OK",
            "<html>",
            "HTTP/1.1 200 O\u0000K",
            "HTTP/1.1 200 OK\nX: y",
            "HTTP/1.1 200 OK\r\n X: y",
            "HTTP/1.1 200 OK\r\nX : y",
            "HTTP/1.1 200 OK\r\nX: y\r\n z",
            "HTTP/1.1 200 OK\r\nX: y\rz",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1",
            "HTTP/1.1 200 OK\r\nContent-Length: 1, 1",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked"
        }) {
            assertEquals(ScanResult.REFUSED, head.scan(bytes(response + "\r\n\r\n")), response);
            assertFalse(head.reason().isEmpty());
        }
    }

    @Test
    void limitsAreExact() {
        HeadLimits limits = new HeadLimits(20, 40, 2);
        assertEquals(ScanResult.COMPLETE, new ResponseHead(limits).scan(bytes("HTTP/1.1 200 abcde\r\n\r\n")));
        assertEquals(ScanResult.REFUSED, new ResponseHead(limits).scan(bytes("HTTP/1.1 200 abcdef\r\n\r\n")));
        assertEquals(ScanResult.REFUSED, new ResponseHead(limits).scan(bytes("HTTP/1.1 200 abcdefg")));
        assertEquals(ScanResult.INCOMPLETE, new ResponseHead(limits).scan(bytes("HTTP/1.1 200 abcdef")));
    }

    private boolean noBody(String rest, Method method) {
        canonical("HTTP/1.1 " + rest + "\r\n\r\n");
        return head.hasNoBody(method);
    }

    private String canonical(String response) {
        ByteBuf in = bytes(response);
        assertEquals(ScanResult.COMPLETE, head.scan(in), () -> head.reason() + ": " + response);
        assertEquals(response.length(), head.length());
        ByteBuf out = Unpooled.buffer();
        head.writeTo(in, out);
        return out.toString(ISO_8859_1);
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.wrappedBuffer(text.getBytes(ISO_8859_1));
    }
}
