package io.boxcar.proxy.redis;

import io.boxcar.metrics.FailureKind;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.AuthConfig;
import io.boxcar.proxy.config.ListenerConfig;
import io.boxcar.proxy.config.ReadFrom;
import io.boxcar.proxy.config.UpstreamConfig;
import io.boxcar.proxy.core.ClientHandle;
import io.boxcar.proxy.core.ClusterLayout;
import io.boxcar.proxy.core.Identity;
import io.boxcar.proxy.core.Protocol;
import io.boxcar.proxy.core.Redirection;
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
    private static final int ASKING_BYTES = 32;

    private final RedisCommands commands;
    private final RedisIdentity initial;
    private final Placement.@Nullable Rules placing;
    private final ClientDirectory directory;

    /** @param before of the same upstream, before its configuration changed: clients that come over keep their numbers */
    public RedisProtocol(UpstreamConfig upstream, @Nullable RedisProtocol before) {
        this.directory = before == null ? new ClientDirectory() : before.directory;
        AuthConfig auth = upstream.auth();
        boolean hasSlowLane = upstream.connections() > 1;
        this.commands = RedisCommands.load(hasSlowLane ? upstream.slowLaneAboveBytes() : 0);
        this.initial = RedisIdentity.of(
                auth.isPresent() && !auth.user().isEmpty() ? bytes(auth.user()) : null,
                auth.isPresent() ? bytes(auth.password()) : null,
                upstream.routing().readFrom() == ReadFrom.REPLICA);
        boolean isSingle =
                upstream.endpoints().size() == 1 && !upstream.routing().cluster();
        this.placing = isSingle ? null : Placement.Rules.of(upstream.routing(), placeOf(upstream), commands);
    }

    private static KeyPlace placeOf(UpstreamConfig upstream) {
        if (upstream.routing().cluster()) {
            return HashSlot::of;
        }
        return switch (upstream.routing().distribution()) {
            case KETAMA ->
                Ketama.of(
                        upstream.endpoints().stream()
                                .map(address -> new Ketama.Server(address.toString(), 1))
                                .toList(),
                        "");
        };
    }

    /** A {@code char} for each byte of the text. */
    private static String bytes(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    @Override
    public String name() {
        return "redis";
    }

    @Override
    public RequestDecoder newRequestDecoder(ListenerConfig listener, ClientHandle client) {
        return newRequestDecoder(listener, client, ClientProfile.first(initial, directory, client));
    }

    @Override
    public @Nullable RequestDecoder newRequestDecoder(
            ListenerConfig listener, ClientHandle client, RequestDecoder before) {
        ClientProfile was = ((RedisRequestDecoder) before).unboundClient();
        return was == null ? null : newRequestDecoder(listener, client, was.movedTo(initial, directory, client));
    }

    private RedisRequestDecoder newRequestDecoder(ListenerConfig listener, ClientHandle handle, ClientProfile client) {
        Placement.Rules rules = placing;
        return new RedisRequestDecoder(
                commands,
                listener.limits(),
                listener.clientState(),
                client,
                rules == null ? null : new Placement(rules, handle));
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

    @Override
    public @Nullable Redirection redirection(ByteBuf responseView, boolean transaction, Address asked) {
        Redirect redirect = transaction
                ? Redirect.ofTransaction(responseView, asked)
                : Redirect.parse(responseView, responseView.readerIndex(), asked);
        return redirect == null ? null : redirect.redirection();
    }

    @Override
    public ByteBuf announcement(ByteBufAllocator allocator) {
        ByteBuf out = allocator.directBuffer(ASKING_BYTES);
        RequestWriter.write(out, "ASKING");
        return out;
    }

    @Override
    public void skipFirst(ByteBuf responses) {
        int end = responses.indexOf(responses.readerIndex(), responses.writerIndex(), (byte) '\n');
        responses.readerIndex(end + 1); // ASKING is answered by one line
    }

    @Override
    public int writeLayoutQuestion(ByteBuf out) {
        int count = initial.writeHandshake(out);
        RequestWriter.write(out, "CLUSTER", "SLOTS");
        return count + 1;
    }

    @Override
    public @Nullable ClusterLayout layout(ByteBuf responsesView, Address asked) {
        ReplyScanner scanner = new ReplyScanner(MAX_LINE_BYTES, MAX_STREAMED_DEPTH, false);
        ByteBuf handshake = responsesView.alloc().buffer();
        int count = initial.writeHandshake(handshake);
        handshake.release();
        int from = scanner.scan(responsesView, responsesView.readerIndex(), responsesView.writerIndex(), count);
        if (from == ResponseDecoder.ERROR || from == responsesView.writerIndex()) {
            return null;
        }
        ClusterMap map = ClusterMap.parse(responsesView.slice(from, responsesView.writerIndex() - from), asked);
        return map == null || map.coveredSlots() == 0 ? null : map.layout();
    }

    /**
     * {@code -BOXCAR sentence}, with a code of its own where a client may want to tell the cases apart. Of many at once only the
     * first has the whole sentence.
     */
    @Override
    public ByteBuf failure(ByteBufAllocator allocator, FailureKind kind, String detail, int count) {
        if (kind == FailureKind.REFUSED) {
            String said = (detail + "\r\n").repeat(count);
            return ByteBufUtil.writeUtf8(allocator, said);
        }
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
            case OUTCOME_UNKNOWN, BAD_RESPONSE -> "BOXCARLOST";
            case REQUEST_TIMEOUT -> "BOXCARTIMEOUT";
            case UNREACHABLE, QUEUE_TIMEOUT, REFUSED, SKIPPED, OVERLOADED, DRAINING -> "BOXCAR";
        };
    }
}
