package io.boxcar.proxy.http;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/** A request method, RFC 9110 section 9 and RFC 5789; names are case-sensitive. */
public enum Method {
    GET(true, true),
    HEAD(true, true),
    POST(false, false),
    PUT(false, true),
    DELETE(false, true),
    OPTIONS(true, true),
    TRACE(true, true),
    PATCH(false, false),
    CONNECT(false, false),
    /** Any other token. Nothing is known about it, so nothing is assumed. */
    OTHER(false, false);

    private static final Method[] BY_LENGTH_AND_FIRST = new Method[256];

    static {
        Arrays.fill(BY_LENGTH_AND_FIRST, OTHER);
        for (Method method : values()) {
            if (method != OTHER) {
                BY_LENGTH_AND_FIRST[slot(method.name().length(), method.name().charAt(1))] = method;
            }
        }
    }

    private final boolean safe;
    private final boolean idempotent;
    private final long word;

    Method(boolean safe, boolean idempotent) {
        this.safe = safe;
        this.idempotent = idempotent;
        this.word = Octets.word(name());
    }

    /** The method whose name is in[index, index + length), all within [index, to). */
    static Method at(ByteBuf in, int index, int length, int to) {
        if (length < 3 || length > 7) {
            return OTHER;
        }
        Method method = BY_LENGTH_AND_FIRST[slot(length, in.getByte(index + 1))];
        return method.word == Octets.wordAt(in, index, length, to) ? method : OTHER;
    }

    /** Length and second letter tell the nine names apart. */
    private static int slot(int length, int second) {
        return length << 5 | second & 0x1F;
    }

    /** The client asks for no change of state, RFC 9110 section 9.2.1. */
    public boolean isSafe() {
        return safe;
    }

    /** Several such requests intend the same effect as one, RFC 9110 section 9.2.2, so one may be repeated. */
    public boolean isIdempotent() {
        return idempotent;
    }
}
