package io.boxcar.proxy.core;

import io.boxcar.metrics.FailureKind;
import io.boxcar.proxy.accesslog.AccessEntry;
import io.boxcar.proxy.accesslog.AccessEntry.Outcome;
import io.boxcar.proxy.accesslog.ClientLog;
import io.boxcar.proxy.accesslog.LoopLog;
import io.netty.buffer.ByteBuf;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** Describes the requests of one client for the access log. Owned by the client's event loop. */
final class RequestLog {
    private final ClientLog log;
    private final Upstream upstream;
    private final RequestDecoder decoder;

    private RequestLog(ClientLog log, Upstream upstream, RequestDecoder decoder) {
        this.log = log;
        this.upstream = upstream;
        this.decoder = decoder;
    }

    /** Null if there is no access log. */
    static @Nullable RequestLog of(LoopContext context, String listener, Upstream upstream, RequestDecoder decoder) {
        LoopLog log = context.accessLog();
        return log == null
                ? null
                : new RequestLog(
                        new ClientLog(log, listener, upstream.protocol().name()), upstream, decoder);
    }

    /** For the same client, which is served by another upstream now. */
    RequestLog movedTo(Upstream next, RequestDecoder nextDecoder) {
        return new RequestLog(log, next, nextDecoder);
    }

    void isFrom(@Nullable SocketAddress address) {
        log.isFrom(address);
    }

    /** What the decoder found; null if it is not to be described. */
    @Nullable
    AccessEntry begin(@Nullable ByteBuf bytesView, long nowNs) {
        AccessEntry entry = log.begin(nowNs);
        if (entry != null) {
            entry.bytesIn = Math.max(0, decoder.length());
            entry.requests = Math.max(1, decoder.count());
            if (bytesView != null) {
                decoder.describe(bytesView, entry);
            }
        }
        return entry;
    }

    /** It has its response. */
    void answered(Exchange exchange, AccessEntry entry, long bytesOut, long nowNs) {
        FailureKind failure = exchange.failure;
        if (failure != null) {
            entry.ended(Outcome.ERROR, failure.label());
        }
        entry.upstream = upstream.config().name();
        Passenger passenger = exchange.passenger;
        entry.endpoint = passenger == null ? null : passenger.lane.endpoint();
        entry.bytesOut = bytesOut;
        long endedNs = failure == null ? exchange.answeredNs : nowNs;
        entry.left(exchange.batch, exchange.queuedNs, exchange.writtenNs, endedNs);
        ClientLog.finish(entry, nowNs);
    }

    /** What the decoder found is over at once. */
    void ended(@Nullable ByteBuf bytesView, Outcome outcome, String reason, long nowNs) {
        AccessEntry entry = begin(bytesView, nowNs);
        if (entry != null) {
            entry.ended(outcome, reason);
            ClientLog.finish(entry, nowNs);
        }
    }

    /** What the decoder found goes out on a connection of the client's own. */
    void pinned(ByteBuf bytesView, Endpoint endpoint, long nowNs) {
        AccessEntry entry = begin(bytesView, nowNs);
        if (entry != null) {
            entry.ended(Outcome.PINNED, "");
            entry.upstream = upstream.config().name();
            entry.endpoint = endpoint;
            ClientLog.finish(entry, nowNs);
        }
    }
}
