package io.boxcar.proxy.http;

import io.netty.buffer.ByteBuf;

/** The fields that Boxcar itself reads or leaves out. */
enum FieldKind {
    OTHER("", true),
    HOST("host", true),
    CONTENT_LENGTH("content-length", true),
    EXPECT("expect", true),
    MAX_FORWARDS("max-forwards", true),
    CONNECTION("connection", false),
    KEEP_ALIVE("keep-alive", false),
    PROXY_CONNECTION("proxy-connection", false),
    TE("te", false),
    TRANSFER_ENCODING("transfer-encoding", false),
    UPGRADE("upgrade", false),
    HTTP2_SETTINGS("http2-settings", false),
    /** Content-Length or Transfer-Encoding with an underscore, which some servers take for the hyphen. */
    FRAMING_LOOKALIKE("", true),
    /** Meant for this connection because Connection names it, or without a meaning in this message. */
    DROPPED("", false);

    private final byte[] name;
    private final long first;
    private final long last;
    private final boolean endToEnd;

    FieldKind(String name, boolean endToEnd) {
        this.name = Octets.ascii(name);
        this.first = Octets.lowerCase(Octets.word(name));
        this.last = Octets.lowerCase(Octets.word(name.substring(Math.max(0, name.length() - Long.BYTES))));
        this.endToEnd = endToEnd;
    }

    boolean isEndToEnd() {
        return endToEnd;
    }

    int bit() {
        return 1 << ordinal();
    }

    /** The kind of the field whose name, a token, is in[index, index + length); reads nothing from {@code to} on. */
    static FieldKind at(ByteBuf in, int index, int length, int to) {
        int letter = in.getByte(index) | 0x20;
        FieldKind candidate = switch (length) {
            case 2 -> letter == 't' ? TE : OTHER;
            case 4 -> letter == 'h' ? HOST : OTHER;
            case 6 -> letter == 'e' ? EXPECT : OTHER;
            case 7 -> letter == 'u' ? UPGRADE : OTHER;
            case 10 -> letter == 'c' ? CONNECTION : letter == 'k' ? KEEP_ALIVE : OTHER;
            case 12 -> letter == 'm' ? MAX_FORWARDS : OTHER;
            case 14 -> letter == 'c' ? CONTENT_LENGTH : letter == 'h' ? HTTP2_SETTINGS : OTHER;
            case 16 -> letter == 'p' ? PROXY_CONNECTION : OTHER;
            case 17 -> letter == 't' ? TRANSFER_ENCODING : OTHER;
            default -> OTHER;
        };
        if (candidate == OTHER || candidate.isAt(in, index, length, to)) {
            return candidate;
        }
        return candidate.isLookalikeAt(in, index) ? FRAMING_LOOKALIKE : OTHER;
    }

    private boolean isLookalikeAt(ByteBuf in, int index) {
        if (this != CONTENT_LENGTH && this != TRANSFER_ENCODING) {
            return false;
        }
        for (int i = 0; i < name.length; i++) {
            byte octet = in.getByte(index + i);
            if (name[i] == '-' ? octet != '_' : (octet | 0x20) != name[i]) {
                return false;
            }
        }
        return true;
    }

    /** A token that differs from the name in more than the case of letters differs from it in these words, too. */
    private boolean isAt(ByteBuf in, int index, int length, int to) {
        if (length <= Long.BYTES) {
            return Octets.lowerCase(Octets.wordAt(in, index, length, to)) == first;
        }
        return Octets.lowerCase(in.getLongLE(index)) == first
                && Octets.lowerCase(in.getLongLE(index + length - Long.BYTES)) == last
                && (length <= 2 * Long.BYTES || Octets.isToken(in, index, length, name));
    }
}
