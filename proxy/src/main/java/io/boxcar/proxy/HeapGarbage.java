package io.boxcar.proxy;

import java.util.function.LongSupplier;

/**
 * Keeps the heap near what is alive in it. The Serial collector lets the old generation grow up to the limit before it looks through it,
 * and connections that come and go end up there: with 350 new ones a second resident memory grew from 80 to 310 MB in seven minutes.
 * Owned by one thread, which is none of the event loops.
 */
final class HeapGarbage {
    /** Less garbage is not worth the pause, some 25 ms. */
    private static final long WORTH_BYTES = 16L << 20;

    private final LongSupplier usedBytes;
    private final Runnable collector;
    private long aliveBytes;

    /**
     * @param usedBytes bytes of the heap in use, garbage included
     * @param collector looks through all of the heap
     */
    HeapGarbage(LongSupplier usedBytes, Runnable collector) {
        this.usedBytes = usedBytes;
        this.collector = collector;
    }

    /** That of this JVM. */
    static HeapGarbage ofThisJvm() {
        Runtime runtime = Runtime.getRuntime();
        return new HeapGarbage(() -> runtime.totalMemory() - runtime.freeMemory(), System::gc);
    }

    /** Collects when there may be as much garbage as there is alive, and not less than is worth it. To be called every few seconds. */
    void look() {
        if (usedBytes.getAsLong() > aliveBytes + Math.max(aliveBytes, WORTH_BYTES)) {
            collector.run();
            aliveBytes = usedBytes.getAsLong();
        }
    }
}
