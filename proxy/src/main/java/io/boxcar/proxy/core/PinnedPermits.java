package io.boxcar.proxy.core;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many pinned connections to one endpoint may be open, over all event loops. Any thread.
 *
 * <p>A pool that waits for a permit is called when one comes up in another pool, and has the others close an idle connection.
 */
final class PinnedPermits {
    /** Kept for what must get through although all are lent. */
    private static final int FOR_CONTROL = 1;

    private final int max;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile List<PinnedPool> pools = List.of();

    PinnedPermits(int max) {
        this.max = max;
    }

    void shareAmong(List<PinnedPool> all) {
        pools = List.copyOf(all);
    }

    int max() {
        return max;
    }

    boolean tryAcquire(boolean control) {
        int limit = max + (control ? FOR_CONTROL : 0);
        int before;
        do {
            before = open.get();
            if (before >= limit) {
                return false;
            }
        } while (!open.compareAndSet(before, before + 1));
        return true;
    }

    /** Whether what is kept for control is in use. */
    boolean isOverdrawn() {
        return open.get() > max;
    }

    /** A connection has been closed. */
    void release() {
        open.decrementAndGet();
        if (waiting.get() > 0) {
            pools.forEach(PinnedPool::serveWaitingFromAnyThread);
        }
    }

    /** Someone waits in this pool: idle connections of the others make room. */
    void awaitedBy(PinnedPool pool) {
        waiting.incrementAndGet();
        for (PinnedPool other : pools) {
            if (other != pool) {
                other.makeRoomFromAnyThread();
            }
        }
    }

    void awaitedNoMore() {
        waiting.decrementAndGet();
    }

    boolean isAwaited() {
        return waiting.get() > 0;
    }
}
