package io.boxcar.proxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the scanners make of a whole stream of requests, or of responses to GET, that comes in pieces. */
final class Messages {
    static final HeadLimits LIMITS = new HeadLimits(8192, 65536, 100);
    private static final byte[] VIA = "boxcar".getBytes(ISO_8859_1);
    private static final int BYTES_IN_FRONT = 3;

    private enum State {
        HEAD,
        SIZED,
        CHUNKED,
        UNTIL_CLOSE,
        DONE
    }

    private final boolean requests;
    private final RequestHead request;
    private final ResponseHead response;
    private final ChunkedBody chunked;
    private final byte[] bytes;
    private final List<String> lines = new ArrayList<>();
    private final List<String> canonical = new ArrayList<>();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private State state = State.HEAD;
    private int position;
    private long bodyLeft;
    private String ending = "";

    private Messages(boolean requests, byte[] bytes, HeadLimits limits) {
        this.requests = requests;
        this.bytes = bytes;
        request = new RequestHead(limits);
        response = new ResponseHead(limits);
        chunked = new ChunkedBody(limits.maxLineBytes(), limits);
    }

    static Messages requests(byte[] bytes, int... cuts) {
        return new Messages(true, bytes, LIMITS).run(cuts);
    }

    static Messages responses(byte[] bytes, int... cuts) {
        return new Messages(false, bytes, LIMITS).run(cuts);
    }

    static Messages of(boolean requests, byte[] bytes, HeadLimits limits, int... cuts) {
        return new Messages(requests, bytes, limits).run(cuts);
    }

    /** One line per head, body or refusal. */
    List<String> lines() {
        return lines;
    }

    /** The heads as they are passed on. */
    List<String> canonical() {
        return canonical;
    }

    private Messages run(int[] cuts) {
        for (int cut : cuts) {
            upTo(cut);
        }
        upTo(bytes.length);
        if (state == State.UNTIL_CLOSE) {
            lines.add("  body " + taken());
        } else if (state == State.SIZED || state == State.CHUNKED) {
            lines.add("  body incomplete " + taken());
        } else if (state == State.HEAD && position < bytes.length) {
            lines.add("incomplete");
        }
        return this;
    }

    private void upTo(int cut) {
        int before;
        State stateBefore;
        do {
            before = position;
            stateBefore = state;
            // A buffer of its own without a spare byte: reading what has not come would throw.
            byte[] copy = new byte[BYTES_IN_FRONT + cut - position];
            System.arraycopy(bytes, position, copy, BYTES_IN_FRONT, cut - position);
            ByteBuf in = Unpooled.wrappedBuffer(copy);
            in.skipBytes(BYTES_IN_FRONT);
            switch (state) {
                case HEAD -> head(in);
                case SIZED -> sized(in);
                case CHUNKED -> chunked(in);
                case UNTIL_CLOSE -> {
                    body.write(copy, BYTES_IN_FRONT, cut - position);
                    position = cut;
                }
                case DONE -> {}
            }
            assertEquals(1, in.refCnt());
        } while (position != before || state != stateBefore);
    }

    private void head(ByteBuf in) {
        ScanResult result = requests ? request.scan(in) : response.scan(in);
        assertEquals(BYTES_IN_FRONT, in.readerIndex());
        if (result == ScanResult.REFUSED) {
            lines.add(refusal());
            state = State.DONE;
        } else if (result == ScanResult.COMPLETE) {
            if (requests) {
                requestHead(in);
            } else {
                responseHead(in);
            }
        }
    }

    private String refusal() {
        if (!requests) {
            return "refused: " + response.reason();
        }
        return request.isHttp2Preface() ? "HTTP/2" : "refused " + request.status() + ": " + request.reason();
    }

    private void requestHead(ByteBuf in) {
        String path = text(in, request.pathStart(), request.pathLength());
        String target = request.isAsterisk() ? "*" : (request.isPathEmpty() ? "/" : "") + path;
        String authority = text(in, request.authorityStart(), request.authorityLength());
        StringBuilder line = new StringBuilder(text(in, request.methodStart(), request.methodLength()));
        line.append(' ').append(request.method() == Method.CONNECT ? authority : target);
        line.append(", host ").append(authority).append(", ");
        line.append(count(request.fieldCount(), field -> request.isEndToEnd(field)));
        line.append(request.expectsContinue() ? ", expects 100" : "");
        line.append(request.acceptsTrailers() ? ", takes trailers" : "");
        line.append(request.maxForwards() >= 0 ? ", forwards " + request.maxForwards() : "");
        boolean tunnel = request.wantsUpgrade() || request.method() == Method.CONNECT;
        if (request.wantsUpgrade()) {
            line.append(", upgrade ").append(text(in, request.upgradeStart(), request.upgradeLength()));
        }
        line.append(request.isPersistent() ? "" : ", closes");
        lines.add(line.toString());
        ending = tunnel || !request.isPersistent() ? "done" : "";
        ByteBuf out = Unpooled.buffer();
        request.writeTo(in, out, VIA);
        canonical.add(out.toString(ISO_8859_1));
        begin(request.length(), request.isChunked(), Math.max(0, request.contentLength()));
    }

    private void responseHead(ByteBuf in) {
        StringBuilder line = new StringBuilder().append(response.status());
        String reason = text(in, response.reasonStart(), response.reasonLength());
        line.append(reason.isEmpty() ? "" : " " + Bytes.escape(reason.getBytes(ISO_8859_1)))
                .append(", ");
        line.append(count(response.fieldCount(), field -> response.isEndToEnd(field)));
        line.append(response.isUpgrade() ? ", upgrade" : "");
        if (response.keepAliveTimeoutSeconds() >= 0) {
            line.append(", idle for ")
                    .append(response.keepAliveTimeoutSeconds())
                    .append(" s");
        }
        line.append(response.isPersistent() ? "" : ", closes");
        lines.add(line.toString());
        ByteBuf out = Unpooled.buffer();
        response.writeTo(in, out);
        canonical.add(out.toString(ISO_8859_1));
        ending = response.isUpgrade() || !response.isPersistent() ? "done" : "";
        boolean noBody = response.hasNoBody(Method.GET);
        begin(response.length(), !noBody && response.isChunked(), noBody ? 0 : Math.max(0, response.contentLength()));
        if (response.isUntilClose(Method.GET)) {
            state = State.UNTIL_CLOSE;
        }
    }

    private interface FieldTest {
        boolean holds(int field);
    }

    private static String count(int fields, FieldTest endToEnd) {
        int passed = 0;
        for (int field = 0; field < fields; field++) {
            passed += endToEnd.holds(field) ? 1 : 0;
        }
        return passed + " of " + fields + " fields";
    }

    private void begin(int length, boolean isChunked, long contentLength) {
        position += length;
        bodyLeft = contentLength;
        chunked.reset();
        state = isChunked ? State.CHUNKED : contentLength > 0 ? State.SIZED : next();
    }

    private State next() {
        return ending.isEmpty() ? State.HEAD : State.DONE;
    }

    private void sized(ByteBuf in) {
        int length = (int) Math.min(bodyLeft, in.readableBytes());
        for (int i = 0; i < length; i++) {
            body.write(in.readByte());
        }
        bodyLeft -= length;
        position += length;
        if (bodyLeft == 0) {
            lines.add("  body " + taken());
            state = next();
        }
    }

    private void chunked(ByteBuf in) {
        @Nullable ByteBuf payload;
        while ((payload = chunked.read(in)) != null) {
            assertTrue(payload.isReadable());
            while (payload.isReadable()) {
                body.write(payload.readByte());
            }
            payload.release();
        }
        position += in.readerIndex() - BYTES_IN_FRONT;
        if (chunked.isEnded()) {
            lines.add("  chunks " + taken());
            ByteBuf trailers = chunked.takeTrailers(UnpooledByteBufAllocator.DEFAULT);
            if (trailers != null) {
                lines.add("  trailers "
                        + Bytes.escape(trailers.toString(ISO_8859_1).getBytes(ISO_8859_1)));
                trailers.release();
            }
            state = next();
        } else if (chunked.isRefused()) {
            lines.add("  refused after " + taken() + ": " + chunked.reason());
            state = State.DONE;
        }
    }

    private String taken() {
        String text = '"' + Bytes.escape(body.toByteArray()) + '"';
        body.reset();
        return text;
    }

    static String text(ByteBuf in, int offset, int length) {
        return in.toString(in.readerIndex() + offset, length, ISO_8859_1);
    }

    @Override
    public String toString() {
        return String.join("\n", lines) + Arrays.toString(canonical.toArray());
    }
}
