package io.boxcar.proxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class RequestHeadTest {
    private static final byte[] VIA = "boxcar".getBytes(ISO_8859_1);

    private RequestHead head = new RequestHead(Messages.LIMITS);

    @Test
    void writesTheCanonicalForm() {
        assertEquals(
                "GET /a?b HTTP/1.1\r\nHost: h:80\r\nX:  y \r\nVia: 1.1 boxcar\r\n\r\n",
                canonical("GET /a?b HTTP/1.1\r\nHost: h:80\r\nConnection: close, Z\r\nX:  y \r\nz: 1\r\n\r\n"));
        assertEquals(
                "POST / HTTP/1.1\r\nhOST:h\r\nContent-Length: 3\r\nVia: 1.1 a\r\nVia: 1.1 boxcar\r\n\r\n",
                canonical("POST / HTTP/1.1\r\nKeep-Alive: 5\r\nhOST:h\r\nTE: x\r\nContent-Length: 3\r\nVia: 1.1 a\r\n"
                        + "Proxy-Connection: keep-alive\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n"));
        assertEquals(
                "PUT / HTTP/1.1\r\nHost: h\r\nTrailer: X\r\nVia: 1.1 boxcar\r\n\r\n",
                canonical("\r\nPUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n"));
    }

    @Test
    void writesHttp10AsHttp11WithAHost() {
        assertEquals(
                "GET / HTTP/1.1\r\nHost: \r\nA: b\r\nVia: 1.0 boxcar\r\n\r\n",
                canonical("GET / HTTP/1.0\r\nA: b\r\nExpect: 100-continue\r\n\r\n"));
        assertFalse(head.isPersistent());
        assertFalse(head.expectsContinue());
        assertEquals(
                "GET /x HTTP/1.1\r\nHost: h\r\nVia: 1.0 boxcar\r\n\r\n",
                canonical("GET http://h/x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
        assertTrue(head.isPersistent());
    }

    @Test
    void replacesHostByTheAuthorityOfAnAbsoluteTarget() {
        assertEquals(
                "GET /?q HTTP/1.1\r\nA: 1\r\nhost: real:8080\r\nB: 2\r\nVia: 1.1 boxcar\r\n\r\n",
                canonical("GET HTTP://real:8080?q HTTP/1.1\r\nA: 1\r\nhost: other\r\nB: 2\r\n\r\n"));
        assertTrue(head.isPathEmpty());
        assertEquals("OPTIONS * HTTP/1.1", firstLine("OPTIONS http://h HTTP/1.1\r\nHost: h\r\n\r\n"));
        assertTrue(head.isAsterisk());
        assertEquals("OPTIONS /?x HTTP/1.1", firstLine("OPTIONS http://h?x HTTP/1.1\r\nHost: h\r\n\r\n"));
        assertEquals("OPTIONS / HTTP/1.1", firstLine("OPTIONS https://h/ HTTP/1.1\r\nHost: h\r\n\r\n"));
        assertEquals("OPTIONS * HTTP/1.1", firstLine("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"));
        assertEquals("CONNECT h:1 HTTP/1.1", firstLine("CONNECT h:1 HTTP/1.0\r\n\r\n"));
    }

    @Test
    void addsNoViaWithoutAPseudonym() {
        ByteBuf in = bytes("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        assertEquals(ScanResult.COMPLETE, head.scan(in));
        ByteBuf out = Unpooled.buffer();
        head.writeTo(in, out, null);
        assertEquals("GET / HTTP/1.1\r\nHost: h\r\n\r\n", out.toString(ISO_8859_1));
    }

    @Test
    void countsMaxForwardsDownForTraceAndOptionsAlone() {
        String fields = " HTTP/1.1\r\nHost: h\r\nmax-forwards:  10\r\nX: y\r\n\r\n";
        assertTrue(canonical("TRACE /" + fields).contains("\r\nMax-Forwards: 9\r\nX: y\r\n"));
        assertEquals(10, head.maxForwards());
        assertTrue(canonical("OPTIONS *" + fields).contains("\r\nMax-Forwards: 9\r\n"));
        assertTrue(canonical("GET /" + fields).contains("\r\nmax-forwards:  10\r\n"));
        assertEquals(-1, head.maxForwards());
        assertTrue(canonical("TRACE /" + fields.replace("10", "99999999999")).contains("Max-Forwards: 2147483646\r\n"));
        refuses(400, "TRACE /" + fields.replace("10", "-1"));
        refuses(400, "TRACE /" + fields.replace("X: y", "Max-Forwards: 3"));
    }

    @Test
    void keepsAnUpgradeOnlyWhereAskedTo() {
        String request =
                "GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nX: y\r\n\r\n";
        assertEquals("GET / HTTP/1.1\r\nHost: h\r\nX: y\r\nVia: 1.1 boxcar\r\n\r\n", canonical(request));
        assertTrue(head.wantsUpgrade());
        ByteBuf in = bytes(request);
        assertEquals("websocket", Messages.text(in, head.upgradeStart(), head.upgradeLength()));
        ByteBuf out = Unpooled.buffer();
        head.writeUpgradeTo(in, out, null);
        assertEquals(
                "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX: y\r\n\r\n",
                out.toString(ISO_8859_1));
        for (String other : new String[] {
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n",
            "Connection: Upgrade\r\nUpgrade: websocket, H2C\r\n",
            "Connection: Upgrade\r\n",
            "Upgrade: websocket\r\n"
        }) {
            canonical("GET / HTTP/1.1\r\nHost: h\r\n" + other + "\r\n");
            assertFalse(head.wantsUpgrade(), other);
        }
        canonical(request.replace("HTTP/1.1", "HTTP/1.0"));
        assertFalse(head.wantsUpgrade());
    }

    @Test
    void connectionCannotRemoveWhatOthersRelyOn() {
        String kept =
                "Host: h\r\nCookie: c\r\nAuthorization: a\r\nContent-Length: 0\r\nContent-Type: t\r\nX-Forwarded-For: f\r\n";
        String options = "host, COOKIE, authorization, content-length, content-type, x-forwarded-for, mine, te, ,";
        assertEquals(
                "GET / HTTP/1.1\r\n" + kept + "Via: 1.1 boxcar\r\n\r\n",
                canonical("GET / HTTP/1.1\r\nMine: 1\r\nTE: trailers\r\n" + kept + "Connection: " + options
                        + "\r\n\r\n"));
        assertTrue(head.acceptsTrailers());
        refuses(400, "GET / HTTP/1.1\r\nHost: h\r\nConnection: " + "a,".repeat(33) + "\r\n\r\n");
        refuses(400, "GET / HTTP/1.1\r\nHost: h\r\nConnection: a b\r\n\r\n");
        refuses(400, "GET / HTTP/1.1\r\nHost: h\r\nConnection: \"close\"\r\n\r\n");
    }

    @Test
    void takesValidHostsAndNoOthers() {
        for (String host :
                "h,h:,h:65535,a.b-c_d~,1.2.3.4:5,%41b,a;b,[::],[::1]:80,[1::],[1:2:3:4:5:6:7:8],[1::8],[::ffff:1.2.3.4],[1:2:3:4:5:6:7::]"
                        .split(",")) {
            canonical("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
            canonical("GET http://" + host + "/ HTTP/1.1\r\nHost: \r\n\r\n");
        }
        for (String host :
                ":80,h:65536,h:8x,h:+1,h:000080,u@h,a b,a/b,a?b,a#b,a\\b,\"h\",%4,%zz,a[b],[],[:],[1],[:::],[1::2::3],[1:2:3:4:5:6:7:8:9],[12345::],[1:],[::1,[::1]x,[::g],[::1.2.3],[::1.2.3.256],[1:2:3:4:5:6:7:1.2.3.4],[v1.a],[fe80::1%25a],h\u00e9,h:1:2"
                        .split(",")) {
            refuses(400, "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
            if (host.indexOf('/') < 0 && host.indexOf('?') < 0) {
                refuses(400, "GET http://" + host + " HTTP/1.1\r\nHost: h\r\n\r\n");
            }
        }
        refuses(400, "GET / HTTP/1.1\r\n\r\n");
        refuses(400, "GET / HTTP/1.1\r\nHost: h\r\nHOST: h\r\n\r\n");
        refuses(400, "GET / HTTP/1.0\r\nHost: h\r\nHOST: h\r\n\r\n");
        refuses(400, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n");
        refuses(400, "GET http://h/ HTTP/1.1\r\n\r\n");
        canonical("GET / HTTP/1.1\r\nHost:\r\n\r\n");
    }

    @Test
    void takesTargetsOfRfc3986AndNoOthers() {
        String rest = " HTTP/1.1\r\nHost: h\r\n\r\n";
        for (String target : "/ /a/b;c=d?e=f&g=%20%Ff // /?? /!$&'()*+,;=:@-._~ http://h https://h/a?b".split(" ")) {
            canonical("GET " + target + rest);
        }
        for (String target :
                "* a h:80 http:/h http:h http:// http://?a ftp://h/ http://h/[ http://h?] /# /| /\\ /\" /< /{ /^ /` /[ /% /%1 /%g0 /\u0001 /\u007f /\u0080 /\u00ff"
                        .split(" ")) {
            refuses(400, "GET " + target + rest);
        }
        for (String target : "/ * h h: :1 http://h/ h:1/ h:99999 u@h:1".split(" ")) {
            refuses(400, "CONNECT " + target + rest);
        }
        for (String method : "GET TRACE PRI X".split(" ")) {
            refuses(400, method + " *" + rest);
        }
    }

    @Test
    void takesOneSpaceBetweenThePartsOfTheRequestLine() {
        String rest = "\r\nHost: h\r\n\r\n";
        for (String line : new String[] {
            " GET / HTTP/1.1",
            "GET  / HTTP/1.1",
            "GET /  HTTP/1.1",
            "GET / HTTP/1.1 ",
            "GET\t/ HTTP/1.1",
            "GET /\tHTTP/1.1",
            "GET / HTTP/1.1\t",
            "GET\u000b/ HTTP/1.1",
            "GET\r/ HTTP/1.1",
            "GET / http/1.1",
            "GET / HTTP/1.10",
            "GET / HTTP/01.1",
            "GET / HTTP/1",
            "GET / HTTP/1,1",
            "GET /",
            "GET",
            "",
            "\r\n\r\nGET / HTTP/1.1",
            "G@T / HTTP/1.1",
            "\u0016\u0003\u0001"
        }) {
            refuses(400, line + rest);
        }
        refuses(505, "GET / HTTP/1.2" + rest);
        refuses(505, "GET / HTTP/2.0" + rest);
        refuses(505, "GET / HTTP/0.9" + rest);
        assertFalse(head.isHttp2Preface());
    }

    @Test
    void knowsTheHttp2Preface() {
        refuses(505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        assertTrue(head.isHttp2Preface());
        refuses(505, "PRI / HTTP/2.0\r\n\r\nSM\r\n\r\n");
        assertFalse(head.isHttp2Preface());
    }

    @Test
    void knowsMethodsByTheirExactNames() {
        for (Method method : Method.values()) {
            if (method != Method.OTHER) {
                String target = method == Method.CONNECT ? "h:1" : "/";
                canonical(method + " " + target + " HTTP/1.1\r\nHost: h\r\n\r\n");
                assertEquals(method, head.method());
                canonical(method.name().toLowerCase(Locale.ROOT) + " / HTTP/1.1\r\nHost: h\r\n\r\n");
                assertEquals(Method.OTHER, head.method());
                canonical(method + "X / HTTP/1.1\r\nHost: h\r\n\r\n");
                assertEquals(Method.OTHER, head.method());
            }
        }
    }

    @Test
    void neverGuessesAboutTheBody() {
        assertEquals(Long.MAX_VALUE, contentLength("Content-Length: 9223372036854775807"));
        assertEquals(7, contentLength("Content-Length:\t007 "));
        assertEquals(-1, contentLength("Content-Lengths: 1"));
        for (String fields : new String[] {
            "Content-Length: 9223372036854775808",
            "Content-Length: 99999999999999999999999",
            "Content-Length:",
            "Content-Length: +1",
            "Content-Length: -1",
            "Content-Length: 0x1",
            "Content-Length: 1_0",
            "Content-Length: 1.0",
            "Content-Length: 1 1",
            "Content-Length: 1,1",
            "Content-Length: 1\r\nContent-Length: 1",
            "Content-Length: 1\r\nX: y\r\ncontent-length: 2",
            "Content-Length: 0\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nContent-Length: 0",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked, chunked",
            "Transfer-Encoding: chunked,",
            "Transfer-Encoding: ,chunked",
            "Transfer-Encoding:",
            "Transfer-Encoding: \"chunked\"",
            "Transfer-Encoding: chunked;x=1",
            "Transfer-Encoding: \u000bchunked",
            "Transfer-Encoding: chunked\u0000",
            "Transfer-Encoding : chunked",
            " Transfer-Encoding: chunked",
            "Transfer-Encoding\t: chunked",
            "Transfer-Encoding: chunked\r\n ,identity",
            "X: y\nTransfer-Encoding: chunked",
            "X: y\rTransfer-Encoding: chunked",
            "Transfer\u0000-Encoding: chunked",
            "Transfer-Encoding"
        }) {
            refuses(400, "POST / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n\r\n");
        }
        for (String coding : "gzip,xchunked,chunkedx,identity,deflate;chunked,cow".split(",")) {
            refuses(501, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: " + coding + "\r\n\r\n");
        }
        refuses(501, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n");
        refuses(400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n");
        canonical("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:CHUNKED\t\r\n\r\n");
        assertTrue(head.isChunked() && head.hasBody());
    }

    @Test
    void refusesEveryControlCharacterAndPassesAllOtherBytesInValues() {
        for (int octet = 0; octet < 256; octet++) {
            for (int padding = 0; padding < 9; padding++) {
                String value = "v".repeat(padding) + (char) octet + "ww";
                String request = "GET / HTTP/1.1\r\nHost: h\r\nX: " + value + "\r\n\r\n";
                if (octet == '\t' || (octet >= ' ' && octet != 127)) {
                    assertTrue(canonical(request).contains("X: " + value + "\r\n"));
                } else {
                    refuses(400, request);
                }
            }
        }
    }

    @Test
    void takesTokensAsNamesAndNothingElse() {
        for (int octet = 0; octet < 256; octet++) {
            String request = "GET / HTTP/1.1\r\nHost: h\r\na" + (char) octet + "b: c\r\n\r\n";
            boolean token = Character.isLetterOrDigit(octet) && octet < 128 || "!#$%&'*+-.^_`|~".indexOf(octet) >= 0;
            if (token || octet == ':') {
                canonical(request);
            } else {
                refuses(400, request);
            }
        }
    }

    @Test
    void limitsAreExactAndHoldWhileBytesStillCome() {
        HeadLimits limits = new HeadLimits(40, 60, 3);
        String line = "GET /" + "a".repeat(24) + " HTTP/1.1\r\n";
        assertEquals(40, line.length());
        String field = "Host: " + "h".repeat(32) + "\r\n";
        assertEquals(40, field.length());
        scan(limits, ScanResult.COMPLETE, line + field + "\r\n");
        scan(limits, ScanResult.INCOMPLETE, line + field);
        refuses(limits, 414, line.replaceFirst("/", "/b"));
        refuses(limits, 414, "GET /" + "a".repeat(35));
        scan(limits, ScanResult.INCOMPLETE, "GET /" + "a".repeat(34));
        refuses(limits, 414, "G".repeat(40));
        refuses(limits, 431, line + "n".repeat(60));
        scan(limits, ScanResult.INCOMPLETE, line + "n".repeat(59));
        refuses(limits, 431, line + "n:" + "v".repeat(58));
        scan(limits, ScanResult.COMPLETE, line + field + "N: " + "v".repeat(13) + "\r\n\r\n");
        refuses(limits, 431, line + field + "N: " + "v".repeat(14) + "\r\n\r\n");
        refuses(limits, 431, line + field + "N: " + "v".repeat(17));
        String short3 = "GET / HTTP/1.1\r\nHost: h\r\na: b\r\nc: d\r\n";
        scan(limits, ScanResult.COMPLETE, short3 + "\r\n");
        refuses(limits, 431, short3 + "e: f\r\n");
    }

    @Test
    void takesAsManyFieldsAsAllowed() {
        StringBuilder request = new StringBuilder("GET / HTTP/1.1\r\nHost: h\r\n");
        IntStream.range(1, 100).forEach(i -> request.append("n").append(i).append(": v\r\n"));
        assertTrue(canonical(request + "\r\n").endsWith("n99: v\r\nVia: 1.1 boxcar\r\n\r\n"));
        assertEquals(100, head.fieldCount());
        refuses(431, request + "x: y\r\n\r\n");
    }

    @Test
    void scansOneRequestAfterTheOther() {
        ByteBuf in = bytes("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /22 HTTP/1.1\r\nHost: h\r\n\r\n");
        assertEquals(ScanResult.COMPLETE, head.scan(in));
        assertEquals(2, head.pathLength());
        in.skipBytes(head.length());
        assertEquals(ScanResult.COMPLETE, head.scan(in));
        assertEquals(3, head.pathLength());
        in.skipBytes(head.length());
        assertEquals(ScanResult.INCOMPLETE, head.scan(in));
    }

    private long contentLength(String field) {
        canonical("POST / HTTP/1.1\r\nHost: h\r\n" + field + "\r\n\r\n");
        return head.contentLength();
    }

    private String firstLine(String request) {
        return canonical(request).lines().findFirst().orElseThrow();
    }

    private String canonical(String request) {
        ByteBuf in = bytes(request);
        assertEquals(ScanResult.COMPLETE, head.scan(in), () -> head.reason() + ": " + request);
        assertEquals(request.length(), head.length());
        ByteBuf out = Unpooled.buffer();
        head.writeTo(in, out, VIA);
        return out.toString(ISO_8859_1);
    }

    private void refuses(HeadLimits limits, int status, String request) {
        head = new RequestHead(limits);
        refuses(status, request);
    }

    private void refuses(int status, String request) {
        assertEquals(ScanResult.REFUSED, head.scan(bytes(request)), request);
        assertEquals(status, head.status(), () -> request + " " + head.reason());
    }

    private void scan(HeadLimits limits, ScanResult expected, String request) {
        head = new RequestHead(limits);
        assertEquals(expected, head.scan(bytes(request)), () -> request + " " + head.reason());
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.wrappedBuffer(text.getBytes(ISO_8859_1));
    }
}
