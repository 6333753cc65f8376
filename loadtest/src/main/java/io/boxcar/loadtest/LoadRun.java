package io.boxcar.loadtest;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The stages of a load: connect, prepare, then for each level warm up and measure; wait for the last responses. Owned by the
 * thread that runs it.
 */
final class LoadRun {
    private static final double RAMP_FROM = 0.1; // of the level
    private static final long RAMP_STEP_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final BooleanSupplier NEVER = () -> false;

    private final LoadTarget target;
    private final LoadSchedule schedule;
    private final LoadLoop loop;
    private final LoadTally tally;
    private final Dispatch dispatch;
    private final LoadWatcher watcher;
    private final long responseLimitNs;
    private boolean cutOff; // no connection is open
    private long cutOffNs; // since when

    LoadRun(
            LoadTarget target,
            LoadSchedule schedule,
            LoadLoop loop,
            LoadTally tally,
            Dispatch dispatch,
            LoadWatcher watcher,
            long responseLimitNs) {
        this.target = target;
        this.schedule = schedule;
        this.loop = loop;
        this.tally = tally;
        this.dispatch = dispatch;
        this.watcher = watcher;
        this.responseLimitNs = responseLimitNs;
    }

    /**
     * Sends what the clients have to send, until they have no more; none of it is measured.
     *
     * @throws IOException when the connections cannot be made, or all of them are lost for good
     */
    void prepare() throws IOException {
        connect(schedule.levels().getFirst().connections());
        dispatch.runClosed(schedule.levels().getFirst().connections());
        loop.step(Long.MAX_VALUE, () -> dispatch.isExhausted() && loop.allIdle() || isCutOff());
        failIfCutOff();
    }

    /** @throws IOException when the connections cannot be made, or all of them are lost for good */
    LoadResult run() throws IOException {
        for (LoadLevel level : schedule.levels()) {
            connect(level.connections());
            if (schedule.measuredNs() == 0) {
                runToTheEnd(level);
            } else {
                runLevel(level);
            }
            failIfCutOff();
        }
        watcher.windowClosed();
        tally.stop();
        loop.awaitResponses(responseLimitNs);
        watcher.ended(tally.responses());
        return tally.result();
    }

    private void connect(int connections) throws IOException {
        loop.connect(connections);
    }

    private void runToTheEnd(LoadLevel level) throws IOException {
        watcher.windowOpened();
        tally.openWindow(loop.nowNs(), 0);
        start(level, 1, 0);
        loop.step(Long.MAX_VALUE, () -> isOver() && loop.allIdle() || isCutOff());
        tally.closeWindow(loop.nowNs());
    }

    private void runLevel(LoadLevel level) throws IOException {
        boolean ramp = schedule.rampNs() > 0;
        start(level, ramp ? RAMP_FROM : 1, 0);
        loop.step(schedule.warmupNs(), this::isCutOff);
        if (level == schedule.levels().getFirst()) {
            watcher.windowOpened();
        }
        long startNs = loop.nowNs();
        tally.openWindow(startNs, schedule.measuredNs());
        if (ramp && level.isOpenLoop()) {
            start(level, RAMP_FROM, schedule.rampNs());
        } else if (ramp) {
            rampConnections(level);
        }
        loop.step(schedule.measuredNs() - (loop.nowNs() - startNs), this::isOver);
        long endNs = loop.nowNs();
        tally.closeWindow(endNs);
        if (schedule.isInSteps()) {
            tally.addStep(level.offered(), (endNs - startNs) / 1e9);
        }
    }

    /** Begins at {@code share} of the level, and grows to it during {@code rampNs}. */
    private void start(LoadLevel level, double share, long rampNs) {
        if (level.isOpenLoop()) {
            double from = level.ratePerSecond() * share;
            double to = rampNs == 0 ? from : level.ratePerSecond();
            dispatch.runOpen(level.connections(), new Pace(from, to, rampNs, loop.nowNs()));
        } else {
            dispatch.runClosed(share(level.connections(), share));
        }
    }

    private void rampConnections(LoadLevel level) {
        long startNs = loop.nowNs();
        long passedNs = 0;
        while (passedNs < schedule.rampNs() && !isOver()) {
            double progress = (double) passedNs / schedule.rampNs();
            dispatch.runClosed(share(level.connections(), RAMP_FROM + (1 - RAMP_FROM) * progress));
            loop.step(Math.min(RAMP_STEP_NS, schedule.rampNs() - passedNs), NEVER);
            passedNs = loop.nowNs() - startNs;
        }
        dispatch.runClosed(level.connections());
    }

    private static int share(int connections, double share) {
        return (int) Math.max(1, Math.round(connections * share));
    }

    private boolean isOver() {
        return dispatch.isExhausted() || tally.isComplete() || isCutOff();
    }

    private boolean isCutOff() {
        if (loop.open() > 0) {
            cutOff = false;
            return false;
        }
        if (!cutOff) {
            cutOff = true;
            cutOffNs = loop.nowNs();
        }
        return loop.nowNs() - cutOffNs > responseLimitNs;
    }

    private void failIfCutOff() throws IOException {
        if (!dispatch.isExhausted() && isCutOff()) {
            throw new IOException("all connections to " + target + " were lost, and for "
                    + responseLimitNs / 1_000_000 + " ms none could be made; " + tally.responses()
                    + " responses until then");
        }
    }
}
