package io.boxcar.proxy.redis;

import io.boxcar.proxy.core.Scatter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

/**
 * SCAN over the keys of all endpoints: of one endpoint after the other, because the client's cursor says which.
 *
 * <pre>
 *   bit 63   62 ... 48           47 ... 0
 *     0      endpoint's index    cursor of that endpoint
 * </pre>
 *
 * When an endpoint's cursor comes back as 0, the client gets the start of the next endpoint, or 0 behind the last. Below 2^63
 * every client can hold the cursor. Redis counts cursors by the size of its tables (cluster nodes since 7.4 add 14 bits for the
 * slot), so 48 bits are 2^34 keys in one slot; a cursor that does not fit is answered with an error. As with Redis, nothing is
 * remembered between two requests; if endpoints are added, removed or exchanged meanwhile, then start again.
 */
final class ScanOnAll implements Scatter {
    static final int CURSOR_BITS = 48;
    static final int MAX_ENDPOINTS = 1 << (63 - CURSOR_BITS);

    private static final long MAX_CURSOR = (1L << CURSOR_BITS) - 1;
    private static final int MAX_DIGITS = 18;
    private static final int MAX_HEADER_BYTES = 64;

    private final byte[] request;
    private final int endpoint;
    private final int endpoints;

    private ScanOnAll(byte[] request, int endpoint, int endpoints) {
        this.request = request;
        this.endpoint = endpoint;
        this.endpoints = endpoints;
    }

    /** @param endpoints at most {@link #MAX_ENDPOINTS} */
    static ScanOnAll of(ByteBuf inView, int requestIndex, RequestScanner scanner, int endpoints) {
        assert endpoints <= MAX_ENDPOINTS;
        Arguments arguments = new Arguments();
        arguments.atName(requestIndex, scanner);
        ByteBuf out = Unpooled.buffer((int) scanner.knownBytes() + MAX_HEADER_BYTES);
        ByteBufUtil.writeAscii(out, "*" + scanner.argumentCount() + "\r\n");
        int endpoint = 0;
        do {
            long cursor = arguments.number() == 1 ? cursor(inView, arguments) : -1;
            if (cursor >= 0 && cursor >>> CURSOR_BITS < endpoints) {
                endpoint = (int) (cursor >>> CURSOR_BITS);
                writeText(Long.toString(cursor & MAX_CURSOR), out);
            } else if (cursor >= 0) {
                writeText("invalid", out); // No endpoint: the first one says what Redis says of an invalid cursor.
            } else {
                SplitRequest.writeArgument(inView, arguments.index(), arguments.length(), out);
            }
        } while (arguments.next(inView));
        return new ScanOnAll(ByteBufUtil.getBytes(out), endpoint, endpoints);
    }

    /** The number, or -1 if it is none, or Long.MAX_VALUE if it is no number of ours. */
    private static long cursor(ByteBuf in, Arguments argument) {
        long cursor = 0;
        for (int index = argument.index(); index < argument.index() + argument.length(); index++) {
            int digit = in.getByte(index) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            cursor = cursor > (Long.MAX_VALUE - digit) / 10 ? Long.MAX_VALUE : cursor * 10 + digit;
        }
        return argument.length() == 0 ? -1 : cursor;
    }

    private static void writeText(String text, ByteBuf out) {
        ByteBufUtil.writeAscii(out, "$" + text.length() + "\r\n" + text + "\r\n");
    }

    @Override
    public int size() {
        return 1;
    }

    @Override
    public ByteBuf request(int i, ByteBufAllocator allocator) {
        return allocator.buffer(request.length).writeBytes(request);
    }

    @Override
    public int place(int i) {
        return endpoint;
    }

    @Override
    public boolean isRepeatable() {
        return true;
    }

    @Override
    public ByteBuf gather(ByteBuf[] responses, ByteBufAllocator allocator) {
        ByteBuf response = responses[0];
        try {
            ReplyElements elements = new ReplyElements(response, response.readerIndex());
            if (!elements.step() || !elements.isList() || elements.count() != 2) {
                return response.retain(); // an error, which needs no change
            }
            int header = elements.start();
            if (!elements.step() || !elements.isText()) {
                return response.retain();
            }
            return withCursor(response, header, elements, allocator);
        } finally {
            response.release();
        }
    }

    private ByteBuf withCursor(ByteBuf response, int header, ReplyElements at, ByteBufAllocator allocator) {
        long cursor = 0;
        boolean fits = at.payloadLength() <= MAX_DIGITS;
        for (int i = 0; fits && i < at.payloadLength(); i++) {
            cursor = cursor * 10 + (response.getByte(at.payloadIndex() + i) - '0');
        }
        if (!fits || cursor > MAX_CURSOR) {
            return Gathering.ascii(
                    "-BOXCAR the cursor of endpoint " + endpoint + " has more than " + CURSOR_BITS
                            + " bits, so no scan can cover all endpoints; scan each by itself\r\n",
                    allocator);
        }
        String next = Long.toString(after(cursor));
        int rest = response.writerIndex() - at.end();
        ByteBuf out = allocator.buffer(MAX_HEADER_BYTES + at.start() - header + rest);
        out.writeBytes(response, header, at.start() - header);
        writeText(next, out);
        return out.writeBytes(response, at.end(), rest);
    }

    private long after(long cursor) {
        if (cursor > 0) {
            return (long) endpoint << CURSOR_BITS | cursor;
        }
        return endpoint + 1 < endpoints ? (endpoint + 1L) << CURSOR_BITS : 0;
    }
}
