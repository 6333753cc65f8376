package io.boxcar.proxy.redis;

import io.boxcar.proxy.core.Scatter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A request for keys that live in several places: a part for each place, with the keys of that place in their order.
 *
 * <pre>
 *   MGET a b c d        a, c in slot 5; b, d in slot 9
 *     part 0  slot 5    MGET a c   --&gt;  1 3  --.
 *     part 1  slot 9    MGET b d   --&gt;  2 4  --'--&gt;  1 2 3 4
 * </pre>
 */
final class SplitRequest implements Scatter {
    private static final int MAX_HEADER_BYTES = 16;

    private final String command;
    private final Gathering gathering;
    private final boolean reads;
    /** All parts, one behind the other. */
    private final byte[] requests;

    private final int[] ends;
    private final int[] places;
    /** Which part each key is in, in the order of the request. */
    private final int[] partOf;

    private SplitRequest(
            String command,
            Gathering gathering,
            boolean reads,
            byte[] requests,
            int[] ends,
            int[] places,
            int[] partOf) {
        this.command = command;
        this.gathering = gathering;
        this.reads = reads;
        this.requests = requests;
        this.ends = ends;
        this.places = places;
        this.partOf = partOf;
    }

    /**
     * Splits a whole array request whose arguments are keys, or keys each followed by what belongs to it.
     *
     * @param step from one key to the next
     * @param reads whether it only reads
     */
    static SplitRequest of(
            ByteBuf inView,
            int requestIndex,
            RequestScanner scanner,
            int step,
            KeyPlace placeOf,
            Gathering gathering,
            boolean reads) {
        int count = scanner.argumentCount() - 1;
        int[] index = new int[count];
        int[] length = new int[count];
        Arguments arguments = new Arguments();
        arguments.atName(requestIndex, scanner);
        for (int i = 0; arguments.next(inView); i++) {
            index[i] = arguments.index();
            length[i] = arguments.length();
        }
        // Sorted by place, then by position: a place in the upper half, the key's number in the lower.
        long[] keys = new long[count / step];
        for (int key = 0; key < keys.length; key++) {
            keys[key] = (long) placeOf.of(inView, index[key * step], length[key * step]) << 32 | key;
        }
        Arrays.sort(keys);

        int[] partOf = new int[keys.length];
        int[] ends = new int[keys.length];
        int[] places = new int[keys.length];
        int parts = 0;
        ByteBuf out = Unpooled.buffer((int) scanner.knownBytes() + MAX_HEADER_BYTES);
        for (int from = 0, to = 0; from < keys.length; from = to, parts++) {
            places[parts] = (int) (keys[from] >>> 32);
            while (to < keys.length && (int) (keys[to] >>> 32) == places[parts]) {
                to++;
            }
            ByteBufUtil.writeAscii(out, "*" + (1 + (to - from) * step) + "\r\n");
            writeArgument(inView, requestIndex + scanner.nameOffset(), scanner.nameLength(), out);
            for (int i = from; i < to; i++) {
                int key = (int) keys[i];
                partOf[key] = parts;
                for (int argument = key * step; argument < (key + 1) * step; argument++) {
                    writeArgument(inView, index[argument], length[argument], out);
                }
            }
            ends[parts] = out.writerIndex();
        }
        return new SplitRequest(
                inView.toString(requestIndex + scanner.nameOffset(), scanner.nameLength(), StandardCharsets.ISO_8859_1),
                gathering,
                reads,
                ByteBufUtil.getBytes(out),
                Arrays.copyOf(ends, parts),
                Arrays.copyOf(places, parts),
                partOf);
    }

    static void writeArgument(ByteBuf inView, int index, int length, ByteBuf out) {
        ByteBufUtil.writeAscii(out, "$" + length + "\r\n");
        out.writeBytes(inView, index, length);
        ByteBufUtil.writeAscii(out, "\r\n");
    }

    @Override
    public int size() {
        return ends.length;
    }

    @Override
    public ByteBuf request(int i, ByteBufAllocator allocator) {
        int from = i == 0 ? 0 : ends[i - 1];
        int length = ends[i] - from;
        return allocator.buffer(length).writeBytes(requests, from, length);
    }

    @Override
    public int place(int i) {
        return places[i];
    }

    @Override
    public boolean isRepeatable() {
        return reads;
    }

    @Override
    public ByteBuf gather(ByteBuf[] responses, ByteBufAllocator allocator) {
        return gathering.of(command, !reads, partOf, responses, allocator);
    }
}
