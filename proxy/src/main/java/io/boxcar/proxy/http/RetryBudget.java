package io.boxcar.proxy.http;

import io.boxcar.proxy.config.HttpUpstreamConfig;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Bounds the requests of one upstream that are being sent again at once, so that retries cannot multiply the load of an
 * upstream in trouble: at most so many percent of all that is outstanding, and a few in any case. As Envoy's {@code
 * retry_budget}. Any thread.
 */
final class RetryBudget {

    private final int percent;
    private final int min;

    /** Requests that are being sent again now. Written and read by all event loops. */
    private final AtomicInteger active = new AtomicInteger();

    RetryBudget(HttpUpstreamConfig.Retry config) {
        percent = config.budgetPercent();
        min = config.min();
    }

    /**
     * Asks to send a request again; a yes is given back with {@link #release} when that request has ended, however it did.
     *
     * @param outstanding requests of the upstream that have no complete response, those that are being sent again included
     */
    boolean tryAcquire(int outstanding) {
        int limit = (int) Math.max(min, (long) outstanding * percent / 100);
        int now = active.get();
        while (now < limit) {
            int found = active.compareAndExchange(now, now + 1);
            if (found == now) {
                return true;
            }
            now = found;
        }
        return false;
    }

    void release() {
        int before = active.getAndDecrement();
        assert before > 0 : "given back more than was taken";
    }

    int active() {
        return active.get();
    }
}
