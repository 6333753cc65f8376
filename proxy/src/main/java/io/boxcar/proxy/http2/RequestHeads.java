package io.boxcar.proxy.http2;

import io.boxcar.proxy.http.HeadLimits;
import io.boxcar.proxy.http.Method;
import io.boxcar.proxy.http.RequestHead;
import io.boxcar.proxy.http.ScanResult;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Heads of requests, from HTTP/2 to canonical bytes and back (RFC 9113, section 8.3.1). Owned by the event loop of a connection; one
 * head after the other.
 *
 * <p>What comes from HTTP/2 is written as lines and then read by the scanner of HTTP/1.1, so that both versions accept the same
 * requests. Nothing is written that could end a line or a word.
 */
final class RequestHeads {
    enum Verdict {
        ACCEPTED,
        /** Not HTTP/2: the stream is to be reset. */
        MALFORMED,
        /** A request that gets {@link #status} for an answer. */
        REFUSED
    }

    private static final AsciiString METHOD = AsciiString.cached(":method");
    private static final AsciiString SCHEME = AsciiString.cached(":scheme");
    private static final AsciiString AUTHORITY = AsciiString.cached(":authority");
    private static final AsciiString PATH = AsciiString.cached(":path");
    private static final AsciiString PROTOCOL = AsciiString.cached(":protocol");
    private static final AsciiString HTTP = AsciiString.cached("http");
    private static final AsciiString HTTPS = AsciiString.cached("https");
    private static final AsciiString HOST = AsciiString.cached("host");
    private static final AsciiString COOKIE = AsciiString.cached("cookie");
    private static final AsciiString TE = AsciiString.cached("te");
    private static final AsciiString TRAILERS = AsciiString.cached("trailers");
    private static final AsciiString CONTENT_LENGTH = AsciiString.cached("content-length");
    private static final AsciiString GET = AsciiString.cached("GET");
    private static final AsciiString POST = AsciiString.cached("POST");
    private static final AsciiString CONNECT = AsciiString.cached("CONNECT");
    private static final AsciiString ASTERISK = AsciiString.cached("*");

    private final FieldSection fields;
    private final RequestHead head;
    private final AsciiString forwardedScheme;

    private @Nullable AsciiString method;
    private @Nullable AsciiString scheme;
    private @Nullable AsciiString authority;
    private @Nullable AsciiString path;
    private boolean isExtended;
    private boolean acceptsTrailers;
    private int status;
    private String reason = "";

    /** @param isSecure whether what goes to HTTP/2 goes over TLS */
    RequestHeads(HeadLimits limits, FieldSection fields, boolean isSecure) {
        this.head = new RequestHead(limits);
        this.fields = fields;
        this.forwardedScheme = isSecure ? HTTPS : HTTP;
    }

    // ---- from HTTP/2 ----

    /**
     * Appends the canonical head to an empty buffer.
     *
     * @param isWhole whether there is no body
     * @param via the pseudonym for a Via field, or null for none
     */
    Verdict read(Http2Headers headersView, boolean isWhole, byte @Nullable [] via, ByteBuf out) {
        if (!pseudoFields(headersView)) {
            return Verdict.MALFORMED;
        }
        if (isExtended) {
            return refuse(501, "extended CONNECT is not supported");
        }
        writeLine(out);
        if (authority != null) {
            ByteBufUtil.writeAscii(out, "Host: ");
            FieldSection.write(authority, out);
            ByteBufUtil.writeAscii(out, "\r\n");
        }
        if (!writeFields(headersView, out)) {
            return Verdict.MALFORMED;
        }
        if (isWhole && isBodyExpected() && !headersView.contains(CONTENT_LENGTH)) {
            ByteBufUtil.writeAscii(out, "content-length: 0\r\n"); // some servers insist on it (RFC 9110, section 8.6)
        }
        if (via != null) {
            ByteBufUtil.writeAscii(out, "Via: 2 ");
            out.writeBytes(via);
            ByteBufUtil.writeAscii(out, "\r\n");
        }
        ByteBufUtil.writeAscii(out, "\r\n");
        ScanResult result = head.scan(out);
        if (result == ScanResult.COMPLETE) {
            return head.length() == out.readableBytes() && !(isWhole && head.contentLength() > 0)
                    ? Verdict.ACCEPTED
                    : Verdict.MALFORMED;
        }
        if (result == ScanResult.INCOMPLETE || head.status() == 400 || head.status() == 505) {
            return Verdict.MALFORMED;
        }
        return refuse(head.status(), head.reason());
    }

    private Verdict refuse(int newStatus, String newReason) {
        status = newStatus;
        reason = newReason;
        return Verdict.REFUSED;
    }

    /** Reads them; each at most once, and none that is unknown or missing. */
    private boolean pseudoFields(Http2Headers headers) {
        method = null;
        scheme = null;
        authority = null;
        path = null;
        isExtended = false;
        for (Map.Entry<CharSequence, CharSequence> field : headers) {
            AsciiString name = AsciiString.of(field.getKey());
            if (name.isEmpty() || name.byteAt(0) != ':') {
                break; // pseudo-header fields are first in a map of this kind; that they were so on the wire, the codec
                // has seen to
            }
            AsciiString value = AsciiString.of(field.getValue());
            boolean isValid = !value.isEmpty() && FieldSection.isValue(value);
            if (name.equals(METHOD) && method == null && FieldSection.isToken(value)) {
                method = value;
            } else if (name.equals(SCHEME) && scheme == null && isValid) {
                scheme = value;
            } else if (name.equals(AUTHORITY) && authority == null && FieldSection.isValue(value)) {
                authority = value;
            } else if (name.equals(PATH) && path == null && isValid) {
                path = value;
            } else if (name.equals(PROTOCOL) && !isExtended && isValid) {
                isExtended = true;
            } else {
                return false;
            }
        }
        return method != null && isTarget(method);
    }

    private boolean isTarget(AsciiString of) {
        if (of.equals(CONNECT) && !isExtended) {
            return scheme == null && path == null && authority != null;
        }
        return scheme != null && path != null && (path.byteAt(0) == '/' || path.equals(ASTERISK));
    }

    private void writeLine(ByteBuf out) {
        AsciiString verb = method;
        AsciiString target = path == null ? authority : path;
        if (verb == null || target == null) {
            throw new IllegalStateException("a request without a method or a target");
        }
        FieldSection.write(verb, out);
        out.writeByte(' ');
        FieldSection.write(target, out);
        ByteBufUtil.writeAscii(out, " HTTP/1.1\r\n");
    }

    private boolean writeFields(Http2Headers headers, ByteBuf out) {
        acceptsTrailers = false;
        boolean cookiesWritten = false;
        for (Map.Entry<CharSequence, CharSequence> field : headers) {
            AsciiString name = AsciiString.of(field.getKey());
            if (!name.isEmpty() && name.byteAt(0) == ':') {
                continue;
            }
            AsciiString value = AsciiString.of(field.getValue());
            if (!FieldSection.isName(name) || !FieldSection.isValue(value) || FieldSection.isOfConnection(name)) {
                return false;
            }
            if (name.equals(TE)) {
                if (!value.equals(TRAILERS)) {
                    return false;
                }
                acceptsTrailers = true;
            } else if (name.equals(COOKIE)) {
                if (!cookiesWritten) {
                    cookiesWritten = true;
                    if (!writeCookies(headers, out)) {
                        return false;
                    }
                }
            } else if (!name.equals(HOST) || authority == null) {
                FieldSection.writeLine(name, value, out);
            }
        }
        return true;
    }

    /** Crumbs of one cookie field, which only HTTP/2 knows (RFC 9113, section 8.2.3), are put together again. */
    private static boolean writeCookies(Http2Headers headers, ByteBuf out) {
        ByteBufUtil.writeAscii(out, "cookie: ");
        boolean isFirst = true;
        for (Map.Entry<CharSequence, CharSequence> field : headers) { // valueIterator does not keep their order
            AsciiString value = AsciiString.of(field.getValue());
            if (AsciiString.of(field.getKey()).equals(COOKIE)) {
                if (!FieldSection.isValue(value)) {
                    return false;
                }
                if (!isFirst) {
                    out.writeByte(';').writeByte(' ');
                }
                isFirst = false;
                FieldSection.write(value, out);
            }
        }
        out.writeByte('\r').writeByte('\n');
        return true;
    }

    private boolean isBodyExpected() {
        AsciiString of = method;
        return of != null && (of.equals(POST) || of.contentEquals("PUT") || of.contentEquals("PATCH"));
    }

    /**
     * Appends the canonical head that was read last once more, with Max-Forwards counted down. {@link #head} speaks of it from now
     * on.
     */
    ByteBuf forwarded(ByteBuf canonicalView, ByteBuf out) {
        head.writeTo(canonicalView, out, null);
        if (head.scan(out) != ScanResult.COMPLETE) {
            throw new IllegalStateException("a request that is not canonical: " + head.reason());
        }
        return out;
    }

    /** What the last head that was accepted says. */
    RequestHead head() {
        return head;
    }

    boolean acceptsTrailers() {
        return acceptsTrailers;
    }

    /** The status to answer with after {@link Verdict#REFUSED}. */
    int status() {
        return status;
    }

    /** Why the request was refused, for people. */
    String reason() {
        return reason;
    }

    // ---- to HTTP/2 ----

    /** The fields for a canonical head at the reader index; there may be a body behind it. */
    Http2Headers toHttp2(ByteBuf requestView, boolean isTrailersAccepted) {
        if (head.scan(requestView) != ScanResult.COMPLETE) {
            throw new IllegalStateException("a request that is not canonical: " + head.reason());
        }
        int start = requestView.readerIndex();
        Http2Headers headers = new DefaultHttp2Headers(false, 16);
        headers.method(verb(requestView, start));
        if (head.method() != Method.CONNECT) {
            headers.scheme(forwardedScheme);
            headers.path(
                    head.isAsterisk()
                            ? ASTERISK
                            : FieldSection.text(requestView, start + head.pathStart(), head.pathLength()));
        }
        if (head.authorityLength() > 0) {
            headers.authority(FieldSection.text(requestView, start + head.authorityStart(), head.authorityLength()));
        }
        for (int field = 0; field < head.fieldCount(); field++) {
            if (head.isEndToEnd(field)) {
                AsciiString name = fields.name(requestView, start + head.nameStart(field), head.nameLength(field));
                if (!name.equals(HOST)) {
                    headers.add(
                            name,
                            FieldSection.text(requestView, start + head.valueStart(field), head.valueLength(field)));
                }
            }
        }
        if (isTrailersAccepted) {
            headers.add(TE, TRAILERS);
        }
        return headers;
    }

    private AsciiString verb(ByteBuf in, int start) {
        return switch (head.method()) {
            case GET -> GET;
            case POST -> POST;
            case HEAD, PUT, DELETE, OPTIONS, TRACE, PATCH, CONNECT, OTHER ->
                FieldSection.text(in, start + head.methodStart(), head.methodLength());
        };
    }
}
