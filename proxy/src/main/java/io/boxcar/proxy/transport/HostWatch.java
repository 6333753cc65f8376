package io.boxcar.proxy.transport;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the addresses of one host up to date. Owned by an event loop; closed by any thread.
 *
 * <pre>
 *   looking up --answer--> waiting for the TTL, within bounds --> looking up ...
 *              --failure-> waiting for the lower bound, twice as long after each further failure, up to the upper one
 * </pre>
 *
 * <p>An answer is a set: name servers change its order to spread the load, which is no news. The last good one counts until
 * the next: a name server that is away must not take away the endpoints.
 */
public final class HostWatch implements AutoCloseable {

    private static final Comparator<InetAddress> ORDER =
            Comparator.comparing(InetAddress::getAddress, Arrays::compareUnsigned);

    private final EventLoop loop;
    private final HostLookup lookup;
    private final long minNs;
    private final long maxNs;
    private final AddressListener listener;

    private List<InetAddress> known = List.of();
    private long nextRetryNs;
    private @Nullable Future<?> pending;
    private boolean closed;

    HostWatch(EventLoop loop, HostLookup lookup, long minNs, long maxNs, AddressListener listener) {
        this.loop = loop;
        this.lookup = lookup;
        this.minNs = minNs;
        this.maxNs = maxNs;
        this.listener = listener;
        this.nextRetryNs = minNs;
    }

    /** Looks up at once. Any thread. */
    void start() {
        loop.execute(this::lookUp);
    }

    /** Ends it: the listener hears nothing any more once the event loop has come to it. Any thread. */
    @Override
    public void close() {
        loop.execute(this::closeOnLoop);
    }

    private void closeOnLoop() {
        assert loop.inEventLoop();
        if (closed) {
            return;
        }
        closed = true;
        if (pending != null) {
            pending.cancel(false);
        }
        lookup.close();
    }

    private void lookUp() {
        assert loop.inEventLoop();
        if (closed) {
            return;
        }
        pending = null;
        lookup.lookUp().addListener((Future<HostLookup.Answer> done) -> {
            if (closed) {
                return;
            }
            if (done.isSuccess()) {
                answered(done.getNow());
            } else {
                failed(done.cause());
            }
        });
    }

    private void answered(HostLookup.Answer answer) {
        assert loop.inEventLoop();
        List<InetAddress> found = ofOneFamily(answer.addresses());
        if (found.isEmpty()) {
            failed(null);
            return;
        }
        nextRetryNs = minNs;
        lookUpIn(Math.clamp(answer.ttlNs(), minNs, maxNs));
        if (!found.equals(known)) {
            known = found;
            listener.changed(found);
        }
    }

    private void failed(@Nullable Throwable cause) {
        assert loop.inEventLoop();
        long delayNs = nextRetryNs;
        nextRetryNs = Math.min(maxNs, delayNs * 2);
        lookUpIn(delayNs);
        String message = cause == null ? null : cause.getMessage();
        listener.failed(message == null ? "it has no address" : message);
    }

    private void lookUpIn(long delayNs) {
        pending = loop.schedule(this::lookUp, delayNs, TimeUnit.NANOSECONDS);
    }

    /** IPv6 alone where there is no IPv4, so that a host with both does not count as two. */
    private static List<InetAddress> ofOneFamily(List<InetAddress> addresses) {
        boolean hasIpv4 = addresses.stream().anyMatch(Inet4Address.class::isInstance);
        return addresses.stream()
                .filter(address -> !hasIpv4 || address instanceof Inet4Address)
                .distinct()
                .sorted(ORDER)
                .toList();
    }
}
