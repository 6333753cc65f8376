package io.boxcar.loadtest;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Load on an HTTP/1.1 server over connections that are kept alive, each with one request in flight. Everything runs on the
 * thread that calls {@link #run}; a lost connection is counted and replaced, and no request is ever sent twice.
 *
 * <pre>
 *   Pace: is one due?  --->  a ready connection  --- HttpScript: which one ---> server
 *                                  ^                                               |
 *                                  +--- HttpScript: is it the right response? <----+
 * </pre>
 *
 * <p>In an open loop a request that becomes due while all connections are busy waits for one, and its latency counts from
 * the moment at which it was due.
 */
public final class HttpLoad {
    private final HttpLoadPlan plan;
    private final HttpScript script;
    private final LoadTally tally = new LoadTally(0);
    private final LoadLoop loop;
    private final Pace pace;
    private final Deque<HttpLoadConnection> ready = new ArrayDeque<>();
    private boolean started;
    private boolean exhausted;
    private boolean timerSet;
    private long openNs; // when a connection was last seen open

    private HttpLoad(HttpLoadPlan plan, HttpScript script, LoadWatcher watcher) {
        this.plan = plan;
        this.script = script;
        pace = new Pace(plan.ratePerSecond());
        loop = new LoadLoop(
                plan.host(),
                plan.port(),
                plan.connections(),
                (number, ticker, onLost) ->
                        new HttpLoadConnection(this, script, tally, ticker, plan.responseLimitNs(), onLost),
                tally,
                watcher);
    }

    /** Sends what {@code requests} asks for, while {@code plan} lets it. */
    public static LoadResult run(HttpLoadPlan plan, HttpRequests requests, LoadWatcher watcher) throws IOException {
        return run(plan, new RepeatedRequest(requests, plan.authority()), watcher);
    }

    /**
     * Runs the load on the calling thread: connect, warm up, measure, wait for the last responses, disconnect.
     *
     * @throws IOException when the connections cannot be made in the first place, or all of them are lost for good
     */
    static LoadResult run(HttpLoadPlan plan, HttpScript script, LoadWatcher watcher) throws IOException {
        HttpLoad load = new HttpLoad(plan, script, watcher);
        try (LoadLoop loop = load.loop) {
            loop.connectAll();
            return plan.measuredNs() > 0 ? load.runWindow(watcher) : load.runScript(watcher);
        }
    }

    private LoadResult runWindow(LoadWatcher watcher) throws IOException {
        start();
        loop.step(plan.warmupNs(), this::isCutOff);
        watcher.windowOpened();
        tally.openWindow(loop.nowNs(), plan.measuredNs());
        loop.step(plan.measuredNs(), this::isOver);
        return end(watcher);
    }

    private LoadResult runScript(LoadWatcher watcher) throws IOException {
        watcher.windowOpened();
        tally.openWindow(loop.nowNs(), 0);
        start();
        loop.step(Long.MAX_VALUE, this::isOver);
        return end(watcher);
    }

    private LoadResult end(LoadWatcher watcher) throws IOException {
        tally.closeWindow(loop.nowNs());
        watcher.windowClosed();
        tally.stop();
        loop.awaitResponses(plan.responseLimitNs());
        watcher.ended(tally.responses());
        if (!exhausted && isCutOff()) {
            throw new IOException("all connections to " + plan.authority() + " were lost, and for "
                    + plan.responseLimitNs() / 1_000_000 + " ms none could be made; "
                    + tally.responses() + " responses until then");
        }
        return tally.result();
    }

    private void start() {
        started = true;
        openNs = loop.nowNs();
        pace.start(openNs);
        dispatch();
    }

    private boolean isOver() {
        return exhausted && loop.allIdle() || isCutOff();
    }

    private boolean isCutOff() {
        long nowNs = loop.nowNs();
        if (loop.open() > 0) {
            openNs = nowNs;
        }
        return nowNs - openNs > plan.responseLimitNs();
    }

    /** {@code connection} can take a request. */
    void isReady(HttpLoadConnection connection) {
        ready.addLast(connection);
        if (started) {
            dispatch();
        }
    }

    /** {@code connection} is lost. */
    void isGone(HttpLoadConnection connection) {
        ready.remove(connection);
    }

    /** Gives the requests that are due to the connections that are ready. */
    private void dispatch() {
        while (!ready.isEmpty() && !exhausted && !tally.isStopped()) {
            long dueNs = pace.take(loop.nowNs());
            if (dueNs == Pace.NOT_DUE) {
                setTimer();
                return;
            }
            HttpLoadConnection connection = ready.removeFirst();
            if (!connection.send(dueNs)) {
                exhausted = true;
                ready.addLast(connection);
            }
        }
    }

    private void setTimer() {
        if (!timerSet) {
            timerSet = true;
            loop.schedule(
                    () -> {
                        timerSet = false;
                        dispatch();
                    },
                    Math.max(0, pace.dueNs() - loop.nowNs()));
        }
    }
}
