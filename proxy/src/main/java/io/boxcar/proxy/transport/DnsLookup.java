package io.boxcar.proxy.transport;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.resolver.dns.DnsCache;
import io.netty.resolver.dns.DnsCacheEntry;
import io.netty.resolver.dns.DnsCnameCache;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.NoopDnsCache;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks {@code /etc/hosts} and then the name servers, with the search domains of {@code /etc/resolv.conf}. Owned by an event
 * loop.
 *
 * <p>Netty tells the TTL of an address to nobody but its caches. So this one's caches hold nothing, and take note of the
 * shortest TTL on the way to the addresses, aliases included.
 */
final class DnsLookup implements HostLookup {

    private static final long UNKNOWN_S = Long.MAX_VALUE;

    private final EventLoop loop;
    private final String host;
    private final DnsNameResolver resolver;

    /** The shortest TTL of the lookup under way, in seconds. */
    private long ttlS = UNKNOWN_S;

    /** @param settings all but the caches; reads files, so this is not for an event loop */
    DnsLookup(EventLoop loop, String host, DnsNameResolverBuilder settings) {
        this.loop = loop;
        this.host = host;
        this.resolver = settings.eventLoop(loop)
                .resolveCache(new Addresses())
                .cnameCache(new Aliases())
                .build();
    }

    @Override
    public Future<Answer> lookUp() {
        assert loop.inEventLoop();
        ttlS = UNKNOWN_S;
        Promise<Answer> answer = loop.newPromise();
        resolver.resolveAll(host).addListener((Future<List<InetAddress>> done) -> {
            if (done.isSuccess()) {
                long ttlNs = ttlS == UNKNOWN_S ? Long.MAX_VALUE : TimeUnit.SECONDS.toNanos(ttlS);
                answer.setSuccess(new Answer(done.getNow(), ttlNs));
            } else {
                answer.setFailure(done.cause());
            }
        });
        return answer;
    }

    @Override
    public void close() {
        resolver.close();
    }

    private void note(long seconds) {
        assert loop.inEventLoop();
        ttlS = Math.min(ttlS, seconds);
    }

    private final class Addresses implements DnsCache {
        @Override
        public void clear() {}

        @Override
        public boolean clear(String hostname) {
            return false;
        }

        @Override
        public List<? extends DnsCacheEntry> get(String hostname, DnsRecord @Nullable [] additionals) {
            return List.of();
        }

        @Override
        public DnsCacheEntry cache(
                String hostname,
                DnsRecord @Nullable [] additionals,
                InetAddress address,
                long originalTtl,
                EventLoop eventLoop) {
            note(originalTtl);
            return NoopDnsCache.INSTANCE.cache(hostname, additionals, address, originalTtl, eventLoop);
        }

        @Override
        public DnsCacheEntry cache(
                String hostname, DnsRecord @Nullable [] additionals, Throwable cause, EventLoop eventLoop) {
            return NoopDnsCache.INSTANCE.cache(hostname, additionals, cause, eventLoop);
        }
    }

    private final class Aliases implements DnsCnameCache {
        @Override
        public @Nullable String get(String hostname) {
            return null;
        }

        @Override
        public void cache(String hostname, String cname, long originalTtl, EventLoop eventLoop) {
            note(originalTtl);
        }

        @Override
        public void clear() {}

        @Override
        public boolean clear(String hostname) {
            return false;
        }
    }
}
