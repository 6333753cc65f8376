package io.boxcar.proxy.redis;

import io.boxcar.metrics.FailureKind;
import io.boxcar.proxy.config.ListenerLimits;
import io.boxcar.proxy.core.Protocol;
import io.boxcar.proxy.core.RequestDecoder;
import io.boxcar.proxy.core.ResponseDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;

/**
 * RESP2 and RESP3 (<a href="https://redis.io/docs/latest/develop/reference/protocol-spec/">protocol page</a>). Stateless.
 * The shared connection speaks RESP2 to database 0; a client that asks for anything else gets a connection of its own.
 */
public final class RedisProtocol implements Protocol {
    private static final byte[] NAME_CONNECTION =
            "*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$6\r\nboxcar\r\n".getBytes(StandardCharsets.US_ASCII);

    /** Of an error or simple string, which Redis writes itself; long ones are bulk strings. */
    private static final int MAX_LINE_BYTES = 1024 * 1024;

    private static final int MAX_STREAMED_DEPTH = 16;

    private final CommandTable commands = CommandTable.load();

    @Override
    public String name() {
        return "redis";
    }

    @Override
    public RequestDecoder newRequestDecoder(ListenerLimits limits) {
        return new RedisRequestDecoder(commands, limits);
    }

    @Override
    public ResponseDecoder newSharedResponseDecoder() {
        return new ReplyScanner(MAX_LINE_BYTES, MAX_STREAMED_DEPTH, false);
    }

    @Override
    public ResponseDecoder newOwnResponseDecoder() {
        return new ReplyScanner(MAX_LINE_BYTES, MAX_STREAMED_DEPTH, true);
    }

    /** {@code CLIENT SETNAME boxcar}: proves that a Redis answers, and shows in its CLIENT LIST who this is. */
    @Override
    public ByteBuf sharedHandshake(ByteBufAllocator allocator) {
        return allocator.directBuffer(NAME_CONNECTION.length).writeBytes(NAME_CONNECTION);
    }

    @Override
    public int sharedHandshakeCount() {
        return 1;
    }

    /**
     * Clients may have to authenticate, or not know {@code CLIENT}: each command gets its answer then. Anything else, such as
     * {@code ERR max number of clients reached}, is said to a connection that is about to be closed.
     */
    @Override
    public boolean servesDespite(String handshakeError) {
        return handshakeError.startsWith("-NOAUTH")
                || handshakeError.startsWith("-NOPERM")
                || handshakeError.startsWith("-LOADING")
                || handshakeError.startsWith("-ERR unknown");
    }

    /**
     * {@code -BOXCAR sentence}, with a code of its own where a client may want to tell the cases apart. Of many at once only the
     * first has the whole sentence.
     */
    @Override
    public ByteBuf failure(ByteBufAllocator allocator, FailureKind kind, String detail, int count) {
        String line = "-" + code(kind) + " " + detail.replace('\r', ' ').replace('\n', ' ') + "\r\n";
        String next = "-" + code(kind) + " as the error before\r\n";
        ByteBuf bytes = allocator.directBuffer(line.length() + (count - 1) * next.length());
        ByteBufUtil.writeUtf8(bytes, line);
        for (int i = 1; i < count; i++) {
            ByteBufUtil.writeAscii(bytes, next);
        }
        return bytes;
    }

    private static String code(FailureKind kind) {
        return switch (kind) {
            case OUTCOME_UNKNOWN -> "BOXCARLOST";
            case REQUEST_TIMEOUT -> "BOXCARTIMEOUT";
            case UNREACHABLE, QUEUE_TIMEOUT, SKIPPED, OVERLOADED, DRAINING -> "BOXCAR";
        };
    }
}
