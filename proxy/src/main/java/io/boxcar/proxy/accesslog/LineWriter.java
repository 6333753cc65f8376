package io.boxcar.proxy.accesslog;

import io.boxcar.metrics.AccessLogMetrics;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Makes lines of entries, and writes many of them at once. Owned by the writer's thread. */
final class LineWriter {
    private static final System.Logger LOG = System.getLogger(LineWriter.class.getName());
    private static final int BUFFER_BYTES = 128 * 1024;
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    private final LogFile file;
    private final int errorsPerSecond;
    private final LongSupplier nanoTime;
    private final AccessLogMetrics metrics = new AccessLogMetrics();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final JsonLine line = new JsonLine(buffer);

    /** Lines in the buffer. */
    private int buffered;

    private boolean isFailing;
    private long checkedNs;

    /** Errors out of the sample that may still be written in this second. */
    private int errorsLeft;

    private long errorsSinceNs;

    LineWriter(LogFile file, int errorsPerSecond, LongSupplier nanoTime) {
        this.file = file;
        this.errorsPerSecond = errorsPerSecond;
        this.nanoTime = nanoTime;
        this.errorsLeft = errorsPerSecond;
        this.checkedNs = nanoTime.getAsLong();
        this.errorsSinceNs = checkedNs;
        line.setClock(checkedNs);
    }

    AccessLogMetrics metrics() {
        return metrics;
    }

    void write(AccessEntry entry) {
        if (entry.isSampled || mayWriteError()) {
            if (buffer.remaining() < JsonLine.MAX_BYTES) {
                flush();
            }
            line.write(entry);
            buffered++;
        } else {
            metrics.dropped.increment();
        }
        entry.home.giveBack(entry);
    }

    private boolean mayWriteError() {
        long nowNs = nanoTime.getAsLong();
        if (nowNs - errorsSinceNs >= SECOND_NS) {
            errorsSinceNs = nowNs;
            errorsLeft = errorsPerSecond;
        }
        return errorsLeft > 0 && errorsLeft-- > 0;
    }

    /** What is in the buffer is written, or given up. */
    void flush() {
        followFile();
        buffer.flip();
        try {
            file.write(buffer);
            metrics.lines.add(buffered);
            isFailing = false;
        } catch (IOException e) {
            isLost(e);
        }
        buffered = 0;
        buffer.clear();
    }

    private void isLost(IOException e) {
        metrics.failed.add(buffered);
        if (!isFailing) {
            isFailing = true;
            LOG.log(
                    Level.ERROR,
                    "the access log cannot be written to {0}, and its lines are dropped until it can: {1}",
                    file,
                    e.toString());
        }
    }

    /** Nothing is there to be written. */
    void idle() {
        followFile();
    }

    /** Once a second: the file may have been moved, and the clock of the machine may have been set. */
    private void followFile() {
        long nowNs = nanoTime.getAsLong();
        if (nowNs - checkedNs < SECOND_NS) {
            return;
        }
        checkedNs = nowNs;
        line.setClock(nowNs);
        try {
            file.followName();
        } catch (IOException e) {
            isLost(e);
        }
    }

    void close() {
        try {
            file.close();
        } catch (IOException e) {
            isLost(e);
        }
    }
}
