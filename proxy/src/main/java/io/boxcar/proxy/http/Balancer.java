package io.boxcar.proxy.http;

import io.boxcar.proxy.config.HttpUpstreamConfig;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/**
 * Chooses the endpoint of a request. Shared by all event loops, without locks: what it sees of the endpoints may be a moment
 * old, which the next choice corrects.
 *
 * <p>Endpoints that are ejected or unhealthy are left out. If all are, none is: then it is more likely that the judgement is
 * wrong, or the network broken, than that trying makes things worse.
 */
final class Balancer {

    /** In place of an endpoint that shall be avoided. */
    static final int NONE = -1;

    private final HttpUpstreamConfig.Balance balance;
    private final EndpointLoad[] endpoints;

    /** Where round robin is; all event loops draw from it. */
    private final AtomicInteger turn = new AtomicInteger();

    /** @param endpoints at least one; not copied, and not to be changed any more */
    Balancer(HttpUpstreamConfig.Balance balance, EndpointLoad... endpoints) {
        if (endpoints.length == 0) {
            throw new IllegalArgumentException("an upstream needs an endpoint");
        }
        this.balance = balance;
        this.endpoints = endpoints;
    }

    /** The index of the endpoint that shall get a request now. */
    int choose(long nowNs, RandomGenerator random) {
        return choose(nowNs, random, NONE);
    }

    /**
     * The same for a request that has failed at an endpoint, which shall not get it again if there is another that is usable.
     *
     * @param avoided index of that endpoint, or {@link #NONE}
     */
    int choose(long nowNs, RandomGenerator random, int avoided) {
        if (endpoints.length == 1) {
            return 0;
        }
        return switch (balance) {
            case P2C -> better(nowNs, random, avoided);
            case ROUND_ROBIN -> next(nowNs, avoided);
        };
    }

    /** By number among those that count, so that the one after an endpoint that does not count gets no double share. */
    private int next(long nowNs, int avoided) {
        int drawn = turn.getAndIncrement();
        int counting = counting(nowNs, avoided);
        if (counting > 0) {
            return nth(Integer.remainderUnsigned(drawn, counting), nowNs, avoided, 0);
        }
        if (isLastResort(avoided, nowNs)) {
            return avoided;
        }
        int index = Integer.remainderUnsigned(drawn, endpoints.length);
        return index != avoided ? index : (index + 1) % endpoints.length;
    }

    private int better(long nowNs, RandomGenerator random, int avoided) {
        int a = random.nextInt(endpoints.length);
        int b = otherThan(a, random, endpoints.length);
        if (counts(a, nowNs, avoided) && counts(b, nowNs, avoided)) {
            return cheaper(a, b, nowNs);
        }
        int counting = counting(nowNs, avoided);
        if (counting > 0) {
            int first = random.nextInt(counting);
            int second = counting == 1 ? first : otherThan(first, random, counting);
            return cheaper(nth(first, nowNs, avoided, a), nth(second, nowNs, avoided, b), nowNs);
        }
        if (isLastResort(avoided, nowNs)) {
            return avoided;
        }
        return a == avoided ? b : b == avoided ? a : cheaper(a, b, nowNs);
    }

    private boolean isLastResort(int avoided, long nowNs) {
        return avoided != NONE && endpoints[avoided].isUsable(nowNs);
    }

    private int counting(long nowNs, int avoided) {
        int counting = 0;
        for (int i = 0; i < endpoints.length; i++) {
            if (counts(i, nowNs, avoided)) {
                counting++;
            }
        }
        return counting;
    }

    private boolean counts(int index, long nowNs, int avoided) {
        return index != avoided && endpoints[index].isUsable(nowNs);
    }

    /** The index of the {@code nth} endpoint that counts; {@code fallback} if others have ejected some meanwhile. */
    private int nth(int nth, long nowNs, int avoided, int fallback) {
        int left = nth;
        for (int i = 0; i < endpoints.length; i++) {
            if (counts(i, nowNs, avoided) && left-- == 0) {
                return i;
            }
        }
        return fallback;
    }

    private static int otherThan(int drawn, RandomGenerator random, int bound) {
        int other = random.nextInt(bound - 1);
        return other < drawn ? other : other + 1;
    }

    /** At equal cost one that needs no new connection. */
    private int cheaper(int a, int b, long nowNs) {
        int difference = Double.compare(endpoints[a].cost(nowNs), endpoints[b].cost(nowNs));
        if (difference == 0) {
            return endpoints[a].isConnected() || !endpoints[b].isConnected() ? a : b;
        }
        return difference < 0 ? a : b;
    }
}
