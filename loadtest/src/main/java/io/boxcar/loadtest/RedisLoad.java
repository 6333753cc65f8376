package io.boxcar.loadtest;

import java.io.IOException;

/**
 * Closed-loop load on a Redis, or on something that speaks for one: each connection sends its next request when a
 * response arrives, and each response is checked to be its own ({@link LoadConnection} says how). Everything runs on
 * the thread that calls {@link #run}; a lost connection is counted and replaced.
 */
public final class RedisLoad {
    private RedisLoad() {}

    /**
     * Runs the load on the calling thread: connect, warm up, measure, wait for the last responses, disconnect.
     *
     * @throws IOException when the connections cannot be made in the first place
     */
    public static LoadResult run(LoadPlan plan, LoadWatcher watcher) throws IOException {
        LoadTally tally = new LoadTally(plan.maxRequests());
        // A connection that replaces another has a key of its own, by its number: nothing is known about the old.
        LoadLoop.ClientFactory clients =
                (number, ticker, onLost) -> new LoadConnection(number, plan, tally, ticker, onLost);
        try (LoadLoop loop = new LoadLoop(plan.host(), plan.port(), plan.connections(), clients, tally, watcher)) {
            loop.connectAll();
            loop.step(plan.warmupNs(), () -> false);
            watcher.windowOpened();
            tally.openWindow(loop.nowNs(), plan.measuredNs());
            loop.step(plan.measuredNs(), tally::isComplete);
            tally.closeWindow(loop.nowNs());
            watcher.windowClosed();
            tally.stop();
            loop.awaitResponses(plan.responseLimitNs());
            watcher.ended(tally.responses());
            return tally.result();
        }
    }
}
