package io.boxcar.proxy.http2;

import io.boxcar.proxy.http.TrailerFields;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a header or trailer section, as they are in HTTP/2 and as lines (RFC 9113, section 8.2). Owned by the event loop of a
 * connection.
 */
final class FieldSection {
    /** Names that are kept to be used again; a power of two. */
    private static final int KEPT_NAMES = 256;

    private static final AsciiString CONNECTION = AsciiString.cached("connection");
    private static final AsciiString PROXY_CONNECTION = AsciiString.cached("proxy-connection");
    private static final AsciiString KEEP_ALIVE = AsciiString.cached("keep-alive");
    private static final AsciiString TRANSFER_ENCODING = AsciiString.cached("transfer-encoding");
    private static final AsciiString UPGRADE = AsciiString.cached("upgrade");
    private static final boolean[] NAME_OCTETS = nameOctets();

    private final @Nullable AsciiString[] names = new @Nullable AsciiString[KEPT_NAMES];

    private static boolean[] nameOctets() {
        boolean[] octets = new boolean[256];
        for (char octet : "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz".toCharArray()) {
            octets[octet] = true;
        }
        return octets;
    }

    // ---- from HTTP/2 ----

    /** Whether it is a token without capitals. */
    static boolean isName(AsciiString name) {
        byte[] array = name.array();
        int end = name.arrayOffset() + name.length();
        for (int i = name.arrayOffset(); i < end; i++) {
            if (!NAME_OCTETS[array[i] & 0xFF]) {
                return false;
            }
        }
        return !name.isEmpty();
    }

    /** Whether it is a token of any letters, such as a method. */
    static boolean isToken(AsciiString text) {
        byte[] array = text.array();
        int end = text.arrayOffset() + text.length();
        for (int i = text.arrayOffset(); i < end; i++) {
            if (!NAME_OCTETS[lowerCase(array[i]) & 0xFF]) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    /** Whether it has no control characters but tabs, and no whitespace around it. */
    static boolean isValue(AsciiString value) {
        if (value.isEmpty()) {
            return true;
        }
        byte[] array = value.array();
        int start = value.arrayOffset();
        int end = start + value.length();
        for (int i = start; i < end; i++) {
            byte octet = array[i];
            if (octet >= 0 && octet < ' ' && octet != '\t' || octet == 0x7F) {
                return false;
            }
        }
        return !isSpace(array[start]) && !isSpace(array[end - 1]);
    }

    private static boolean isSpace(byte octet) {
        return octet == ' ' || octet == '\t';
    }

    /** Whether it is about one connection, and so has no place in HTTP/2; TE is not here (RFC 9113, section 8.2.2). */
    static boolean isOfConnection(AsciiString name) {
        return switch (name.length()) {
            case 7 -> name.equals(UPGRADE);
            case 10 -> name.equals(CONNECTION) || name.equals(KEEP_ALIVE);
            case 16 -> name.equals(PROXY_CONNECTION);
            case 17 -> name.equals(TRANSFER_ENCODING);
            default -> false;
        };
    }

    static void write(AsciiString text, ByteBuf out) {
        out.writeBytes(text.array(), text.arrayOffset(), text.length());
    }

    static void writeLine(AsciiString name, AsciiString value, ByteBuf out) {
        write(name, out);
        out.writeByte(':').writeByte(' ');
        write(value, out);
        out.writeByte('\r').writeByte('\n');
    }

    /** Whether all fields may be in a trailer section as far as HTTP/2 goes. */
    static boolean areTrailers(Http2Headers trailersView) {
        for (Map.Entry<CharSequence, CharSequence> field : trailersView) {
            AsciiString name = AsciiString.of(field.getKey());
            if (!isName(name) || isOfConnection(name) || !isValue(AsciiString.of(field.getValue()))) {
                return false; // the colon of a pseudo-header field is in no name
            }
        }
        return true;
    }

    /** Field lines for those that may be passed on (RFC 9110, section 6.5.1), the caller's; null if there are none. */
    static @Nullable ByteBuf lines(Http2Headers trailersView, ByteBufAllocator allocator) {
        ByteBuf out = null;
        for (Map.Entry<CharSequence, CharSequence> field : trailersView) {
            if (out == null) {
                out = allocator.buffer(256);
            }
            int start = out.writerIndex();
            AsciiString name = AsciiString.of(field.getKey());
            writeLine(name, AsciiString.of(field.getValue()), out);
            if (!TrailerFields.isAllowed(out, start, name.length())) {
                out.writerIndex(start);
            }
        }
        if (out != null && !out.isReadable()) {
            out.release();
            return null;
        }
        return out;
    }

    // ---- to HTTP/2 ----

    /** The fields of these lines, each of which ends in CR LF. */
    Http2Headers trailers(ByteBuf linesView) {
        Http2Headers trailers = new DefaultHttp2Headers(false, 8);
        int index = linesView.readerIndex();
        int end = linesView.writerIndex();
        while (index < end) {
            int colon = linesView.indexOf(index, end, (byte) ':');
            int lineEnd = linesView.indexOf(index, end, (byte) '\r');
            if (colon < 0 || lineEnd < colon) {
                throw new IllegalArgumentException("trailers that are not field lines");
            }
            int value = colon + 1;
            while (value < lineEnd && isSpace(linesView.getByte(value))) {
                value++;
            }
            trailers.add(name(linesView, index, colon - index), text(linesView, value, lineEnd - value));
            index = lineEnd + 2;
        }
        return trailers;
    }

    /** The name in lower case; the same object again for a name that comes often. */
    AsciiString name(ByteBuf inView, int index, int length) {
        int hash = length;
        for (int i = 0; i < length; i++) {
            hash = 31 * hash + lowerCase(inView.getByte(index + i));
        }
        int slot = (hash ^ hash >>> 16) & KEPT_NAMES - 1;
        AsciiString kept = names[slot];
        if (kept != null && isSame(kept, inView, index, length)) {
            return kept;
        }
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = lowerCase(inView.getByte(index + i));
        }
        AsciiString name = new AsciiString(bytes, false);
        names[slot] = name;
        return name;
    }

    private static boolean isSame(AsciiString kept, ByteBuf in, int index, int length) {
        if (kept.length() != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (kept.byteAt(i) != lowerCase(in.getByte(index + i))) {
                return false;
            }
        }
        return true;
    }

    private static byte lowerCase(byte octet) {
        return octet >= 'A' && octet <= 'Z' ? (byte) (octet | 0x20) : octet;
    }

    static AsciiString text(ByteBuf inView, int index, int length) {
        byte[] bytes = new byte[length];
        inView.getBytes(index, bytes);
        return new AsciiString(bytes, false);
    }
}
