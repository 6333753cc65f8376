package io.boxcar.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * Collects the trailer section of a chunked body, RFC 9112 section 7.1.2, and gives it back without the fields that must not be
 * there, RFC 9110 section 6.5.1. Owned by the owner of the body. Trailers are rare, so this may copy.
 */
public final class TrailerFields {
    private static final byte[][] FORBIDDEN = {
        Octets.ascii("age"),
        Octets.ascii("authorization"),
        Octets.ascii("cache-control"),
        Octets.ascii("connection"),
        Octets.ascii("cookie"),
        Octets.ascii("date"),
        Octets.ascii("expect"),
        Octets.ascii("expires"),
        Octets.ascii("forwarded"),
        Octets.ascii("host"),
        Octets.ascii("http2-settings"),
        Octets.ascii("keep-alive"),
        Octets.ascii("location"),
        Octets.ascii("max-forwards"),
        Octets.ascii("pragma"),
        Octets.ascii("proxy-authenticate"),
        Octets.ascii("proxy-authorization"),
        Octets.ascii("proxy-connection"),
        Octets.ascii("range"),
        Octets.ascii("retry-after"),
        Octets.ascii("set-cookie"),
        Octets.ascii("te"),
        Octets.ascii("trailer"),
        Octets.ascii("transfer-encoding"),
        Octets.ascii("upgrade"),
        Octets.ascii("vary"),
        Octets.ascii("via"),
        Octets.ascii("warning"),
        Octets.ascii("www-authenticate")
    };
    private static final byte[][] FORBIDDEN_PREFIXES = {
        Octets.ascii("content-"), Octets.ascii("if-"), Octets.ascii("x-forwarded-")
    };

    private final FieldLines fields;
    private final int maxBytes;
    private @Nullable ByteBuf bytes;
    private boolean complete;

    TrailerFields(HeadLimits limits) {
        fields = new FieldLines(limits);
        maxBytes = limits.maxHeaderBytes();
    }

    void begin() {
        bytes = null;
        complete = false;
        fields.begin(0);
    }

    /** Takes the bytes of the section and none behind it. */
    ScanResult read(ByteBuf in) {
        ByteBuf collected = bytes;
        if (collected == null) {
            // On the heap: nobody has to release it if the connection ends here.
            collected = Unpooled.buffer(256);
            bytes = collected;
        }
        int before = collected.writerIndex();
        int taken = Math.min(in.readableBytes(), maxBytes - before);
        collected.writeBytes(in, in.readerIndex(), taken);
        ScanResult result = fields.scan(collected, 0, collected.writerIndex());
        complete = result == ScanResult.COMPLETE;
        in.skipBytes(complete ? fields.end() - before : taken);
        return result;
    }

    String reason() {
        return fields.reason();
    }

    /** The fields that may be passed on, one line each; null if there are none. For the caller to release. */
    @Nullable
    ByteBuf take(ByteBufAllocator allocator) {
        ByteBuf collected = bytes;
        if (!complete || collected == null) {
            return null;
        }
        complete = false;
        ByteBuf out = null;
        for (int field = 0; field < fields.count(); field++) {
            if (isAllowed(collected, fields.nameStart(field), fields.nameLength(field))) {
                if (out == null) {
                    out = allocator.buffer(fields.end() + fields.count());
                }
                out.writeBytes(collected, fields.nameStart(field), fields.nameLength(field));
                out.writeByte(':').writeByte(' ');
                out.writeBytes(collected, fields.valueStart(field), fields.valueLength(field));
                out.writeByte('\r').writeByte('\n');
            }
        }
        bytes = null;
        return out;
    }

    /** Whether a field with the name in[index, index + length) may be among trailers. */
    public static boolean isAllowed(ByteBuf inView, int index, int length) {
        for (byte[] name : FORBIDDEN) {
            if (Octets.isToken(inView, index, length, name)) {
                return false;
            }
        }
        for (byte[] prefix : FORBIDDEN_PREFIXES) {
            if (length > prefix.length && Octets.isToken(inView, index, prefix.length, prefix)) {
                return false;
            }
        }
        return true;
    }
}
