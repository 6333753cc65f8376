package io.boxcar.proxy.redis;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How one reply is made of those of the parts. RESP2 and RESP3. An error in any part is an error of the whole.
 */
enum Gathering {
    /** Any will do, since all say the same. */
    FIRST,
    /** The sum of integers. */
    SUM,
    /** One list of the elements of all, part by part. */
    CONCATENATION,
    /** One list of the elements of all, in the order of the request. */
    VALUES,
    /** Of lists of equal length, the least integer at each position: 1 where all say 1. */
    MINIMA;

    private static final int[] IN_ORDER_OF_PARTS = {};
    private static final int MAX_HEADER_BYTES = 32;

    /**
     * @param command as the client wrote it, for the text of an error
     * @param changes whether a part that succeeds has changed something
     * @param partOf for {@link #VALUES}, which part each element comes from
     * @param responses one whole reply for each part; this method takes them
     * @return owned by the caller
     */
    ByteBuf of(String command, boolean changes, int[] partOf, ByteBuf[] responses, ByteBufAllocator allocator) {
        try {
            int failed = firstError(responses);
            if (failed >= 0) {
                return changes && responses.length > 1
                        ? partialError(command, failed, responses, allocator)
                        : responses[failed].retain();
            }
            ByteBuf out = merge(partOf, responses, allocator);
            return out != null ? out : unexpected(command, allocator);
        } finally {
            for (ByteBuf response : responses) {
                response.release();
            }
        }
    }

    private @Nullable ByteBuf merge(int[] partOf, ByteBuf[] responses, ByteBufAllocator allocator) {
        return switch (this) {
            case FIRST -> responses[0].retain();
            case SUM -> sum(responses, allocator);
            case CONCATENATION -> list(IN_ORDER_OF_PARTS, responses, allocator);
            case VALUES -> list(partOf, responses, allocator);
            case MINIMA -> minima(responses, allocator);
        };
    }

    private static ReplyElements elements(ByteBuf response) {
        return new ReplyElements(response, response.readerIndex());
    }

    private static int firstError(ByteBuf[] responses) {
        for (int i = 0; i < responses.length; i++) {
            if (isError(responses[i])) {
                return i;
            }
        }
        return -1;
    }

    private static boolean isError(ByteBuf response) {
        ReplyElements elements = elements(response);
        return elements.step() && elements.isError();
    }

    private static @Nullable ByteBuf sum(ByteBuf[] responses, ByteBufAllocator allocator) {
        long sum = 0;
        for (ByteBuf response : responses) {
            ReplyElements elements = elements(response);
            if (!elements.step() || !elements.isInteger()) {
                return null;
            }
            sum += elements.number();
        }
        return ascii(":" + sum + "\r\n", allocator);
    }

    private static @Nullable ByteBuf list(int[] partOf, ByteBuf[] responses, ByteBufAllocator allocator) {
        ReplyElements[] parts = new ReplyElements[responses.length];
        long[] left = new long[responses.length];
        long count = 0;
        int bytes = MAX_HEADER_BYTES;
        byte type = '*';
        for (int i = 0; i < responses.length; i++) {
            parts[i] = elements(responses[i]);
            if (!parts[i].step() || !parts[i].isList()) {
                return null;
            }
            type = parts[i].type();
            left[i] = parts[i].count();
            count += left[i];
            bytes += responses[i].readableBytes();
        }
        boolean byPart = partOf.length == 0;
        if (!byPart && count != partOf.length) {
            return null;
        }
        ByteBuf out = allocator.buffer(bytes);
        ByteBufUtil.writeAscii(out, (char) type + "" + count + "\r\n");
        boolean whole = true;
        if (byPart) {
            for (int part = 0; whole && part < parts.length; part++) {
                int from = parts[part].end();
                whole = parts[part].skipContent();
                out.writeBytes(responses[part], from, parts[part].end() - from);
            }
        }
        for (int i = 0; whole && i < partOf.length; i++) {
            ReplyElements from = parts[partOf[i]];
            whole = left[partOf[i]]-- > 0 && from.step() && from.skipContent();
            if (whole) {
                out.writeBytes(responses[partOf[i]], from.start(), from.end() - from.start());
            }
        }
        if (!whole) {
            out.release();
            return null;
        }
        return out;
    }

    private static @Nullable ByteBuf minima(ByteBuf[] responses, ByteBufAllocator allocator) {
        ReplyElements first = elements(responses[0]);
        if (!first.step() || !first.isList()) {
            return null;
        }
        long[] minima = new long[(int) first.count()];
        Arrays.fill(minima, Long.MAX_VALUE);
        for (ByteBuf response : responses) {
            ReplyElements elements = elements(response);
            if (!elements.step() || !elements.isList() || elements.count() != minima.length) {
                return null;
            }
            for (int i = 0; i < minima.length; i++) {
                if (!elements.step() || !elements.isInteger()) {
                    return null;
                }
                minima[i] = Math.min(minima[i], elements.number());
            }
        }
        StringBuilder text = new StringBuilder("*" + minima.length + "\r\n");
        for (long value : minima) {
            text.append(':').append(value).append("\r\n");
        }
        return ascii(text.toString(), allocator);
    }

    /** The first error, with its code in front, and that the rest of the request may have been executed nevertheless. */
    private static ByteBuf partialError(String command, int failed, ByteBuf[] responses, ByteBufAllocator allocator) {
        ReplyElements elements = elements(responses[failed]);
        String said = elements.step() ? elements.text(StandardCharsets.UTF_8) : "";
        int errors = 0;
        for (ByteBuf response : responses) {
            errors += isError(response) ? 1 : 0;
        }
        String line = "-" + said.replace('\r', ' ').replace('\n', ' ') + " (boxcar: this " + command + " went as "
                + responses.length + " parts to different places, not atomically; "
                + (responses.length - errors) + " succeeded, " + errors + " failed)\r\n";
        ByteBuf out = allocator.buffer(ByteBufUtil.utf8MaxBytes(line));
        ByteBufUtil.writeUtf8(out, line);
        return out;
    }

    private static ByteBuf unexpected(String command, ByteBufAllocator allocator) {
        return ascii(
                "-BOXCAR the replies to the parts of this " + command
                        + " do not fit together; send it for fewer keys, or to one endpoint\r\n",
                allocator);
    }

    static ByteBuf ascii(String text, ByteBufAllocator allocator) {
        ByteBuf out = allocator.buffer(text.length());
        ByteBufUtil.writeAscii(out, text);
        return out;
    }
}
