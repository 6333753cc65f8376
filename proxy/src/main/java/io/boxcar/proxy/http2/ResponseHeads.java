package io.boxcar.proxy.http2;

import io.boxcar.proxy.http.HeadLimits;
import io.boxcar.proxy.http.ResponseHead;
import io.boxcar.proxy.http.ScanResult;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Heads of responses, from HTTP/2 to canonical bytes and back (RFC 9113, section 8.3.2). Owned by the event loop of a connection; one
 * head after the other.
 */
final class ResponseHeads {
    private static final AsciiString STATUS = AsciiString.cached(":status");
    private static final AsciiString CONTENT_LENGTH = AsciiString.cached("content-length");

    private final FieldSection fields;
    private final ResponseHead head;
    private String reason = "";

    ResponseHeads(HeadLimits limits, FieldSection fields) {
        this.head = new ResponseHead(limits);
        this.fields = fields;
    }

    // ---- from HTTP/2 ----

    /** Appends the canonical head to an empty buffer; false if it is malformed. Fields of the connection are left out. */
    boolean read(Http2Headers headersView, ByteBuf out) {
        int status = status(headersView);
        if (status < 0) {
            return refuse("no status, or not one that HTTP/2 knows");
        }
        HttpResponseStatus known = HttpResponseStatus.valueOf(status);
        ByteBufUtil.writeAscii(out, "HTTP/1.1 ");
        ByteBufUtil.writeAscii(out, known.codeAsText());
        out.writeByte(' ');
        ByteBufUtil.writeAscii(out, known.reasonPhrase());
        ByteBufUtil.writeAscii(out, "\r\n");
        boolean neverHasBody = status < 200 || status == 204;
        for (Map.Entry<CharSequence, CharSequence> field : headersView) {
            AsciiString name = AsciiString.of(field.getKey());
            AsciiString value = AsciiString.of(field.getValue());
            if (name.equals(STATUS) || FieldSection.isOfConnection(name)) {
                continue;
            }
            if (!FieldSection.isName(name) || !FieldSection.isValue(value)) {
                return refuse("a field that HTTP/2 does not allow");
            }
            if (!(neverHasBody && name.equals(CONTENT_LENGTH))) {
                FieldSection.writeLine(name, value, out);
            }
        }
        ByteBufUtil.writeAscii(out, "\r\n");
        ScanResult result = head.scan(out);
        return switch (result) {
            case COMPLETE -> head.length() == out.readableBytes() || refuse("a field that ends the head");
            case INCOMPLETE -> refuse("a head without an end");
            case REFUSED -> refuse(head.reason());
        };
    }

    private boolean refuse(String why) {
        reason = why;
        return false;
    }

    /** 100 to 599 but for 101, which HTTP/2 does not know; -1 for anything else. */
    private static int status(Http2Headers headers) {
        CharSequence text = null;
        for (Map.Entry<CharSequence, CharSequence> field : headers) {
            AsciiString name = AsciiString.of(field.getKey());
            if (name.equals(STATUS)) {
                if (text != null) {
                    return -1;
                }
                text = field.getValue();
            }
        }
        int status = text == null ? -1 : number(text);
        return status == 101 ? -1 : status;
    }

    private static int number(@Nullable CharSequence text) {
        if (text == null || text.length() != 3) {
            return -1;
        }
        int number = 0;
        for (int i = 0; i < 3; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            number = 10 * number + digit;
        }
        return number >= 100 && number <= 599 ? number : -1;
    }

    /** What the last head says. */
    ResponseHead head() {
        return head;
    }

    /** Why the last head was malformed, for people. */
    String reason() {
        return reason;
    }

    // ---- to HTTP/2 ----

    /** The fields for a canonical head at the reader index; there may be a body behind it. */
    Http2Headers toHttp2(ByteBuf responseView) {
        if (head.scan(responseView) != ScanResult.COMPLETE) {
            throw new IllegalStateException("a response that is not canonical: " + head.reason());
        }
        int start = responseView.readerIndex();
        Http2Headers headers = new DefaultHttp2Headers(false, 16);
        headers.status(HttpResponseStatus.valueOf(head.status()).codeAsText());
        for (int field = 0; field < head.fieldCount(); field++) {
            if (head.isEndToEnd(field)) {
                headers.add(
                        fields.name(responseView, start + head.nameStart(field), head.nameLength(field)),
                        FieldSection.text(responseView, start + head.valueStart(field), head.valueLength(field)));
            }
        }
        return headers;
    }
}
