package io.boxcar.proxy.http;

import io.boxcar.proxy.accesslog.AccessEntry;
import io.boxcar.proxy.accesslog.ClientLog;
import io.boxcar.proxy.accesslog.LoopLog;
import io.boxcar.proxy.core.LoopContext;
import io.netty.buffer.ByteBuf;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** Describes the requests of one HTTP client for the access log. Owned by the client's event loop. */
public final class HttpLog {
    private static final byte[] TRACEPARENT = Octets.ascii("traceparent");

    private final ClientLog log;

    private HttpLog(ClientLog log) {
        this.log = log;
    }

    /** Null if there is no access log. */
    public static @Nullable HttpLog of(LoopContext context, String listener, String protocol) {
        LoopLog log = context.accessLog();
        return log == null ? null : new HttpLog(new ClientLog(log, listener, protocol));
    }

    public void isFrom(@Nullable SocketAddress address) {
        log.isFrom(address);
    }

    /** A request of which nothing is known but that it came; null if it is not to be described. */
    public @Nullable AccessEntry begin(long nowNs) {
        return log.begin(nowNs);
    }

    /**
     * A request whose head was found in these bytes.
     *
     * @param bodyBytes of the part of the body that is there
     */
    public @Nullable AccessEntry begin(RequestHead head, ByteBuf bytesView, long bodyBytes, long nowNs) {
        AccessEntry entry = log.begin(nowNs);
        if (entry == null) {
            return null;
        }
        int start = bytesView.readerIndex();
        entry.method(bytesView, start + head.methodStart(), head.methodLength());
        entry.host(bytesView, start + head.authorityStart(), head.authorityLength());
        if (head.method() != Method.CONNECT && !head.isAsterisk()) {
            entry.path(bytesView, start + head.pathStart(), head.pathLength());
        }
        entry.bytesIn = bodyBytes;
        for (int field = 0; field < head.fieldCount(); field++) {
            if (Octets.isToken(bytesView, start + head.nameStart(field), head.nameLength(field), TRACEPARENT)) {
                entry.traceparent(bytesView, start + head.valueStart(field), head.valueLength(field));
            }
        }
        return entry;
    }
}
