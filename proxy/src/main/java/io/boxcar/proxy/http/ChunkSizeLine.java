package io.boxcar.proxy.http;

/**
 * Reads {@code chunk-size [chunk-ext] CRLF}, RFC 9112 section 7.1, byte by byte; the extensions are checked and forgotten. Owned by
 * the owner of the body.
 *
 * <pre>
 *   SIZE --';'--&gt; BEFORE_NAME --&gt; NAME --'='--&gt; BEFORE_VALUE --&gt; VALUE | QUOTED --&gt; AFTER_VALUE
 *     |                ^            |                               |                    |
 *     |                '----';'-----'-------------------------------'--------------------'
 *     '--CR, from each state in which an extension may end--&gt; LINE_FEED --LF--&gt; DONE
 * </pre>
 */
final class ChunkSizeLine {
    private enum State {
        SIZE,
        BEFORE_NAME,
        NAME,
        AFTER_NAME,
        BEFORE_VALUE,
        VALUE,
        QUOTED,
        ESCAPED,
        AFTER_VALUE,
        AFTER_SPACE,
        LINE_FEED,
        DONE,
        REFUSED
    }

    private final int maxLineBytes;
    private State state = State.SIZE;
    private int lineBytes;
    private int digits;
    private long size;
    private String reason = "";

    ChunkSizeLine(int maxLineBytes) {
        this.maxLineBytes = maxLineBytes;
    }

    void begin() {
        state = State.SIZE;
        lineBytes = 0;
        digits = 0;
        size = 0;
    }

    void accept(byte octet) {
        lineBytes++;
        state = lineBytes > maxLineBytes ? refuse("the line of a chunk size is too long") : next(octet);
    }

    private State next(byte octet) {
        return switch (state) {
            case SIZE -> size(octet);
            case BEFORE_NAME -> beforeName(octet);
            case NAME ->
                Octets.is(Octets.TOKEN, octet)
                        ? State.NAME
                        : octet == '=' ? State.BEFORE_VALUE : end(octet, State.AFTER_NAME);
            case AFTER_NAME -> octet == '=' ? State.BEFORE_VALUE : afterSpace(octet, State.AFTER_NAME);
            case BEFORE_VALUE -> beforeValue(octet);
            case VALUE -> Octets.is(Octets.TOKEN, octet) ? State.VALUE : end(octet, State.AFTER_SPACE);
            case QUOTED -> quoted(octet);
            case ESCAPED -> isText(octet) ? State.QUOTED : refuse("a control character in a chunk extension");
            case AFTER_VALUE -> end(octet, State.AFTER_SPACE);
            case AFTER_SPACE -> afterSpace(octet, State.AFTER_SPACE);
            case LINE_FEED -> octet == '\n' ? State.DONE : refuse("a carriage return without a line feed");
            case DONE, REFUSED -> throw new IllegalStateException(state.name());
        };
    }

    private State size(byte octet) {
        if (Octets.is(Octets.HEX, octet)) {
            if (size >>> 59 != 0) {
                return refuse("a chunk size of 2^63 or more");
            }
            digits++;
            size = size << 4 | (octet <= '9' ? octet - '0' : (octet | 0x20) - 'a' + 10);
            return State.SIZE;
        }
        if (digits == 0) {
            return refuse("a chunk without a size");
        }
        return octet == ';'
                ? State.BEFORE_NAME
                : octet == '\r' ? State.LINE_FEED : refuse("a chunk size is not hexadecimal");
    }

    private State beforeName(byte octet) {
        if (Octets.is(Octets.TOKEN, octet)) {
            return State.NAME;
        }
        return Octets.isSpace(octet) ? State.BEFORE_NAME : refuse("a chunk extension without a name");
    }

    private State beforeValue(byte octet) {
        if (Octets.is(Octets.TOKEN, octet)) {
            return State.VALUE;
        }
        if (octet == '"') {
            return State.QUOTED;
        }
        return Octets.isSpace(octet) ? State.BEFORE_VALUE : refuse("a chunk extension without a value");
    }

    private State quoted(byte octet) {
        if (octet == '"') {
            return State.AFTER_VALUE;
        }
        if (octet == '\\') {
            return State.ESCAPED;
        }
        return isText(octet) ? State.QUOTED : refuse("a control character in a chunk extension");
    }

    private static boolean isText(byte octet) {
        return octet < 0 || octet == '\t' || (octet >= ' ' && octet != 0x7F);
    }

    /** Where an extension may end; whitespace only if something follows it. */
    private State end(byte octet, State space) {
        if (octet == '\r') {
            return State.LINE_FEED;
        }
        return afterSpace(octet, space);
    }

    private State afterSpace(byte octet, State space) {
        if (octet == ';') {
            return State.BEFORE_NAME;
        }
        return Octets.isSpace(octet) ? space : refuse("a chunk extension is malformed");
    }

    private State refuse(String newReason) {
        reason = newReason;
        return State.REFUSED;
    }

    boolean isDone() {
        return state == State.DONE;
    }

    boolean isRefused() {
        return state == State.REFUSED;
    }

    String reason() {
        return reason;
    }

    /** Bytes of the chunk, once the line is done; or of the digits so far. */
    long size() {
        return size;
    }

    /** Bytes of the line that are neither size nor line end. */
    int extensionBytes() {
        return lineBytes - digits - 2;
    }
}
