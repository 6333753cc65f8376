package io.boxcar.proxy.redis;

import io.boxcar.metrics.FailureKind;
import io.boxcar.proxy.config.ListenerConfig;
import io.boxcar.proxy.core.ClientHandle;
import io.boxcar.proxy.core.Identity;
import io.boxcar.proxy.core.Protocol;
import io.boxcar.proxy.core.RequestDecoder;
import io.boxcar.proxy.core.ResponseDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * RESP2 and RESP3 (<a href="https://redis.io/docs/latest/develop/reference/protocol-spec/">protocol page</a>). Used by all event
 * loops.
 */
public final class RedisProtocol implements Protocol {
    /** Of an error or simple string, which Redis writes itself; long ones are bulk strings. */
    private static final int MAX_LINE_BYTES = 1024 * 1024;

    private static final int MAX_STREAMED_DEPTH = 16;

    private final RedisCommands commands;
    private final RedisIdentity initial;
    private final ClientDirectory directory = new ClientDirectory();

    public RedisProtocol() {
        this(null, null, 0);
    }

    /**
     * @param user as whom clients act that do not authenticate; null for the user {@code default}
     * @param password null if such clients are not authenticated
     * @param slowAboveBytes of a command's replies on average, beyond which it is slow; 0 = no command is slow
     */
    public RedisProtocol(@Nullable String user, @Nullable String password, long slowAboveBytes) {
        this.commands = RedisCommands.load(slowAboveBytes);
        this.initial = RedisIdentity.BARE.withCredentials(bytes(user), bytes(password));
    }

    /** A {@code char} for each byte of the text. */
    private static @Nullable String bytes(@Nullable String text) {
        return text == null ? null : new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    @Override
    public String name() {
        return "redis";
    }

    @Override
    public RequestDecoder newRequestDecoder(ListenerConfig listener, ClientHandle client) {
        return new RedisRequestDecoder(
                commands, initial, listener.limits(), listener.clientState(), directory, directory.add(client));
    }

    @Override
    public Identity initialIdentity() {
        return initial;
    }

    @Override
    public ResponseDecoder newSharedResponseDecoder() {
        return new ReplyScanner(MAX_LINE_BYTES, MAX_STREAMED_DEPTH, false);
    }

    @Override
    public void learnSize(int kind, int bytes) {
        commands.sizes().learn(kind, bytes);
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
