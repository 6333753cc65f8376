package io.boxcar.proxy.accesslog;

import io.boxcar.batching.BatchRing;
import io.boxcar.metrics.AccessLogMetrics;
import io.boxcar.proxy.config.AccessLogConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * The access log of one Boxcar: one queue from all event loops, and the thread that writes. Any thread.
 *
 * <p>The thread looks into the queue by itself, the more seldom the longer nothing came: to wake it would cost an event loop a
 * system call for each line.
 */
public final class AccessLog implements AutoCloseable {
    private static final long CLOSE_MS = 2_000;
    private static final long SHORTEST_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final int DRAIN = 1024;

    private final List<LoopLog> loops = new ArrayList<>();
    private final BatchRing<AccessEntry> queue;
    private final LineWriter writer;
    private final Thread thread;
    private volatile boolean isClosing;

    private AccessLog(AccessLogConfig config, int loopCount, LineWriter writer) {
        int entriesPerLoop = Math.max(1, config.buffer() / loopCount);
        // Twice: slots are free again only when a whole drain is over, and entries given back in it may come back in
        // it.
        this.queue = new BatchRing<>(2 * entriesPerLoop * loopCount, () -> {});
        this.writer = writer;
        SplittableRandom random = new SplittableRandom();
        for (int i = 0; i < loopCount; i++) {
            loops.add(new LoopLog(
                    i, entriesPerLoop, config.sample(), config.errorsPerSecond() > 0, random.split(), queue));
        }
        this.thread = new Thread(this::run, "boxcar-access-log");
        this.thread.setDaemon(true);
    }

    /**
     * Opens the output and starts to write.
     *
     * @param loopCount how many event loops there are
     * @param nanoTime the clock of the event loops
     * @throws IOException if the file cannot be opened; the message says why
     */
    public static AccessLog open(AccessLogConfig config, int loopCount, LongSupplier nanoTime) throws IOException {
        LineWriter writer = new LineWriter(LogFile.open(config.output()), config.errorsPerSecond(), nanoTime);
        AccessLog log = new AccessLog(config, loopCount, writer);
        log.thread.start();
        return log;
    }

    /** What the event loop with this number writes to. */
    public LoopLog loop(int number) {
        return loops.get(number);
    }

    /** What is counted here, by each thread on its own. */
    public List<AccessLogMetrics> metrics() {
        List<AccessLogMetrics> all = new ArrayList<>();
        loops.forEach(loop -> all.add(loop.metrics()));
        all.add(writer.metrics());
        return all;
    }

    private void run() {
        long pauseNs = SHORTEST_PAUSE_NS;
        while (true) {
            boolean isLast = isClosing; // before the look into the queue, which is empty for good then
            if (queue.drain(DRAIN, writer::write) > 0) {
                pauseNs = SHORTEST_PAUSE_NS;
                writer.flush();
            } else if (isLast) {
                writer.close();
                return;
            } else {
                writer.idle();
                LockSupport.parkNanos(pauseNs);
                pauseNs = Math.min(2 * pauseNs, LONGEST_PAUSE_NS);
            }
        }
    }

    /** Writes what there is, if the output takes it within two seconds. The event loops have stopped. */
    @Override
    public void close() {
        isClosing = true;
        LockSupport.unpark(thread);
        try {
            thread.join(CLOSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
