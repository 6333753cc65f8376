package io.boxcar.loadtest;

import java.io.IOException;

/**
 * Load on a Redis, or on something that speaks for one. Each response is checked to be its own ({@link LoadConnection} says
 * how). Everything runs on the thread that calls {@link #run}; a lost connection is counted and replaced, and no request is
 * ever sent twice.
 */
public final class RedisLoad {
    private RedisLoad() {}

    /**
     * Runs the load on the calling thread: connect, give shared keys a value, warm up, measure, wait for the last responses,
     * disconnect.
     *
     * @throws IOException when the connections cannot be made in the first place, or all of them are lost for good
     */
    public static LoadResult run(LoadPlan plan, LoadWatcher watcher) throws IOException {
        LoadTls tls = plan.target().tls();
        LoadTally tally = new LoadTally(plan.maxRequests());
        Dispatch dispatch = new Dispatch(tally);
        RedisWork work = new RedisWork(plan, tally, dispatch);
        // A connection that replaces another has keys of its own, by its number: nothing is known about the old.
        LoadLoop.ClientFactory clients = (number, ticker, onLost) -> new LoadConnection(number, work, ticker, onLost);
        try (LoadLoop loop = new LoadLoop(
                plan.target(), tls == null ? null : tls.context(false), clients, tally, dispatch, watcher)) {
            LoadRun run =
                    new LoadRun(plan.target(), plan.schedule(), loop, tally, dispatch, watcher, plan.responseLimitNs());
            if (!plan.mix().ownKeys()) {
                work.setPreparing(true);
                run.prepare();
                work.setPreparing(false);
            }
            return run.run();
        }
    }
}
