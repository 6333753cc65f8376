package io.boxcar.loadtest;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads the responses of an HTTP/1.1 connection one after the other, as cheaply as a load generator should: the status,
 * what frames the body (RFC 9112, section 6.3) and the first bytes of the body; all else is skipped. Informational
 * responses are skipped too. Owned by the connection's event loop.
 */
final class HttpResponseReader implements HttpResponse {
    private static final int MAX_LINE_BYTES = 65_536;
    private static final int MIN_KEPT_BYTES = 128;
    private static final int MAX_KEPT_BYTES = 4_096;

    private static final byte[] CONTENT_LENGTH = ascii("content-length");
    private static final byte[] TRANSFER_ENCODING = ascii("transfer-encoding");
    private static final byte[] CONNECTION = ascii("connection");
    private static final byte[] CHUNKED = ascii("chunked");
    private static final byte[] CLOSE = ascii("close");
    private static final byte[] HTTP_1 = ascii("http/1.");

    /** How far the response is. */
    enum Progress {
        /** More bytes are needed. */
        PARTIAL,
        WHOLE,
        /** Not a response; nothing more can be read from this connection. */
        INVALID
    }

    private enum State {
        STATUS_LINE,
        HEADERS,
        FIXED_BODY,
        CHUNK_SIZE,
        CHUNK,
        CHUNK_END,
        TRAILERS,
        BODY_UNTIL_CLOSE
    }

    private byte[] kept = new byte[MIN_KEPT_BYTES]; // small as long as it can be: there are thousands of readers
    private State state = State.STATUS_LINE;
    private boolean toHead;
    private int status;
    private boolean keepAlive;
    private boolean chunked;
    private long contentLength;
    private long left; // of the body, or of the chunk
    private long bodyBytes;

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** A response is expected, {@code toHead} if the request was HEAD. */
    void expect(boolean toHead) {
        this.toHead = toHead;
        state = State.STATUS_LINE;
        bodyBytes = 0;
    }

    @Override
    public int status() {
        return status;
    }

    /** Whether another request can follow on the connection. */
    boolean keepAlive() {
        return keepAlive;
    }

    @Override
    public long bodyBytes() {
        return bodyBytes;
    }

    @Override
    public int keptBytes() {
        return (int) Math.min(bodyBytes, MAX_KEPT_BYTES);
    }

    @Override
    public byte bodyByte(int index) {
        return kept[index];
    }

    /** Consumes what it understands from {@code in}, the end of the response at most. */
    Progress read(ByteBuf in) {
        while (true) {
            switch (state) {
                case FIXED_BODY, CHUNK -> {
                    take(in, left);
                    if (left > 0) {
                        return Progress.PARTIAL;
                    }
                    if (state == State.FIXED_BODY) {
                        return Progress.WHOLE;
                    }
                    state = State.CHUNK_END;
                }
                case BODY_UNTIL_CLOSE -> {
                    take(in, Long.MAX_VALUE);
                    return Progress.PARTIAL;
                }
                case STATUS_LINE, HEADERS, CHUNK_SIZE, CHUNK_END, TRAILERS -> {
                    int start = in.readerIndex();
                    int lineEnd = in.indexOf(start, in.writerIndex(), (byte) '\n');
                    if (lineEnd < 0) {
                        return in.readableBytes() > MAX_LINE_BYTES ? Progress.INVALID : Progress.PARTIAL;
                    }
                    in.readerIndex(lineEnd + 1);
                    int end = lineEnd > start && in.getByte(lineEnd - 1) == '\r' ? lineEnd - 1 : lineEnd;
                    Progress progress = takeLine(in, start, end);
                    if (progress != Progress.PARTIAL) {
                        return progress;
                    }
                }
            }
        }
    }

    /** The connection has ended; whether that is the end of a response, too. */
    boolean endsWithConnection() {
        return state == State.BODY_UNTIL_CLOSE;
    }

    private Progress takeLine(ByteBuf in, int start, int end) {
        switch (state) {
            case STATUS_LINE -> {
                if (end - start < 12 || !startsWith(in, start, end, HTTP_1)) {
                    return Progress.INVALID;
                }
                status = (int) number(in, start + 9, start + 12, 10);
                keepAlive = in.getByte(start + 7) != '0';
                chunked = false;
                contentLength = -1;
                state = State.HEADERS;
                return status < 100 ? Progress.INVALID : Progress.PARTIAL;
            }
            case HEADERS -> {
                return end == start ? endHead() : takeHeader(in, start, end);
            }
            case CHUNK_SIZE -> {
                int sizeEnd = in.indexOf(start, end, (byte) ';');
                left = number(in, start, sizeEnd < 0 ? end : sizeEnd, 16);
                state = left == 0 ? State.TRAILERS : State.CHUNK;
                return left < 0 ? Progress.INVALID : Progress.PARTIAL;
            }
            case CHUNK_END -> {
                state = State.CHUNK_SIZE;
                return end == start ? Progress.PARTIAL : Progress.INVALID;
            }
            case TRAILERS -> {
                return end == start ? Progress.WHOLE : Progress.PARTIAL;
            }
            case FIXED_BODY, CHUNK, BODY_UNTIL_CLOSE -> throw new IllegalStateException("no lines in a body");
        }
        throw new IllegalStateException("state " + state);
    }

    private Progress takeHeader(ByteBuf in, int start, int end) {
        int colon = in.indexOf(start, end, (byte) ':');
        switch (colon - start) {
            case 14 -> {
                if (startsWith(in, start, colon, CONTENT_LENGTH)) {
                    contentLength = number(in, skipSpaces(in, colon + 1, end), end, 10);
                    return contentLength < 0 ? Progress.INVALID : Progress.PARTIAL;
                }
            }
            case 17 ->
                chunked |= startsWith(in, start, colon, TRANSFER_ENCODING)
                        && startsWith(in, skipSpaces(in, colon + 1, end), end, CHUNKED);
            case 10 -> {
                if (startsWith(in, start, colon, CONNECTION)) {
                    keepAlive = !startsWith(in, skipSpaces(in, colon + 1, end), end, CLOSE);
                }
            }
            default -> {
                return colon < 0 ? Progress.INVALID : Progress.PARTIAL;
            }
        }
        return Progress.PARTIAL;
    }

    private Progress endHead() {
        if (status < 200) {
            state = State.STATUS_LINE;
            return Progress.PARTIAL;
        }
        if (toHead || status == 204 || status == 304) {
            return Progress.WHOLE;
        }
        if (chunked) {
            state = State.CHUNK_SIZE;
        } else if (contentLength >= 0) {
            left = contentLength;
            state = State.FIXED_BODY;
        } else {
            keepAlive = false;
            state = State.BODY_UNTIL_CLOSE;
        }
        return Progress.PARTIAL;
    }

    private void take(ByteBuf in, long limit) {
        int bytes = (int) Math.min(limit, in.readableBytes());
        int had = keptBytes();
        int more = Math.min(MAX_KEPT_BYTES - had, bytes);
        if (more > 0) {
            if (kept.length < had + more) {
                kept = Arrays.copyOf(kept, Math.max(had + more, Math.min(2 * kept.length, MAX_KEPT_BYTES)));
            }
            in.getBytes(in.readerIndex(), kept, had, more);
        }
        in.skipBytes(bytes);
        bodyBytes += bytes;
        left -= bytes;
    }

    private static int skipSpaces(ByteBuf in, int from, int end) {
        int i = from;
        while (i < end && in.getByte(i) == ' ') {
            i++;
        }
        return i;
    }

    /** Whether the bytes begin with {@code lowerCase}, in any case. */
    private static boolean startsWith(ByteBuf in, int start, int end, byte[] lowerCase) {
        if (end - start < lowerCase.length) {
            return false;
        }
        for (int i = 0; i < lowerCase.length; i++) {
            byte b = in.getByte(start + i);
            if ((b >= 'A' && b <= 'Z' ? b | 0x20 : b) != lowerCase[i]) {
                return false;
            }
        }
        return true;
    }

    /** The number in these bytes, spaces behind it ignored; -1 if there is none or it is too long. */
    private static long number(ByteBuf in, int start, int end, int radix) {
        int last = end;
        while (last > start && in.getByte(last - 1) == ' ') {
            last--;
        }
        if (last == start || last - start > 15) {
            return -1;
        }
        long value = 0;
        for (int i = start; i < last; i++) {
            int digit = Character.digit(in.getByte(i), radix);
            if (digit < 0) {
                return -1;
            }
            value = value * radix + digit;
        }
        return value;
    }
}
