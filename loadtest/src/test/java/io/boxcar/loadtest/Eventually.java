package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Waits for what another thread or process is about to do, as long as a busy machine may need for it. */
final class Eventually {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final long STEP_MS = 5;

    private Eventually() {}

    static void isTrue(String what, Callable<Boolean> condition) {
        isTrue(what, PATIENCE, condition);
    }

    static void isTrue(String what, Duration patience, Callable<Boolean> condition) {
        long deadlineNs = System.nanoTime() + patience.toNanos();
        try {
            while (!condition.call()) {
                if (System.nanoTime() - deadlineNs > 0) {
                    fail("not within " + patience + ": " + what);
                }
                Thread.sleep(STEP_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        } catch (Exception e) {
            throw new AssertionError(what, e);
        }
    }
}
