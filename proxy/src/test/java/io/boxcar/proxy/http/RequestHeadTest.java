package io.boxcar.proxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

final class RequestHeadTest {
    private final RequestHead head = new RequestHead(new HeadLimits(8192, 65536, 100));

    @Test
    void writesTheCanonicalForm() {
        assertEquals(
                "GET /a?b HTTP/1.1\r\nHost: h:80\r\nX:  y \r\nVia: 1.1 boxcar\r\n\r\n",
                canonical("GET /a?b HTTP/1.1\r\nHost: h:80\r\nConnection: close, Z\r\nX:  y \r\nz: 1\r\n\r\n"));
    }

    private String canonical(String request) {
        ByteBuf in = Unpooled.copiedBuffer(request, ISO_8859_1);
        assertEquals(ScanResult.COMPLETE, head.scan(in), head::reason);
        ByteBuf out = Unpooled.buffer();
        head.writeTo(in, out, "boxcar".getBytes(ISO_8859_1));
        return out.toString(ISO_8859_1);
    }
}
