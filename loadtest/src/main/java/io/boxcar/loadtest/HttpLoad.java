package io.boxcar.loadtest;

import java.io.IOException;

/**
 * Load on an HTTP server over connections that are kept alive. Everything runs on the thread that calls {@link #run}; a lost
 * connection is counted and replaced, and no request is ever sent twice.
 */
public final class HttpLoad {
    private HttpLoad() {}

    /** Sends what {@code requests} asks for, while {@code plan} lets it. */
    public static LoadResult run(HttpLoadPlan plan, HttpRequests requests, LoadWatcher watcher) throws IOException {
        RepeatedRequest script = new RepeatedRequest(requests, plan.authority());
        return plan.http2() ? runHttp2(plan, script, watcher) : run(plan, script, watcher);
    }

    private static LoadResult runHttp2(HttpLoadPlan plan, Http2Script script, LoadWatcher watcher) throws IOException {
        LoadTally tally = new LoadTally(0);
        Dispatch dispatch = new Dispatch(tally);
        return run(
                plan,
                tally,
                dispatch,
                (number, ticker, onLost) -> new Http2LoadConnection(dispatch, script, tally, ticker, plan, onLost),
                watcher);
    }

    /**
     * Runs the load on the calling thread: connect, warm up, measure, wait for the last responses, disconnect.
     *
     * @throws IOException when the connections cannot be made in the first place, or all of them are lost for good
     */
    static LoadResult run(HttpLoadPlan plan, HttpScript script, LoadWatcher watcher) throws IOException {
        LoadTally tally = new LoadTally(0);
        Dispatch dispatch = new Dispatch(tally);
        return run(
                plan,
                tally,
                dispatch,
                (number, ticker, onLost) ->
                        new HttpLoadConnection(dispatch, script, tally, ticker, plan.responseLimitNs(), onLost),
                watcher);
    }

    private static LoadResult run(
            HttpLoadPlan plan, LoadTally tally, Dispatch dispatch, LoadLoop.ClientFactory clients, LoadWatcher watcher)
            throws IOException {
        LoadTls tls = plan.target().tls();
        try (LoadLoop loop = new LoadLoop(
                plan.target(), tls == null ? null : tls.context(plan.http2()), clients, tally, dispatch, watcher)) {
            return new LoadRun(plan.target(), plan.schedule(), loop, tally, dispatch, watcher, plan.responseLimitNs())
                    .run();
        }
    }
}
