package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

/** Waits for what another thread or process is about to do, as long as a busy machine may need for it. */
final class Eventually {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration SILENCE = Duration.ofMillis(300);
    private static final Duration UNEQUAL_PATIENCE = Duration.ofSeconds(5);
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

    /** Waits until none of {@code transcripts} has grown for a while; that is how silence is told from slowness. */
    static void settles(List<?> transcripts) {
        String[] before = {""};
        long[] sinceNs = {System.nanoTime()};
        isTrue("silence", () -> {
            String now = transcripts.toString();
            if (!now.equals(before[0])) {
                before[0] = now;
                sinceNs[0] = System.nanoTime();
            }
            return System.nanoTime() - sinceNs[0] > SILENCE.toNanos();
        });
    }

    /** Waits until {@code actual} equals {@code expected} and stays so, or will never do so. */
    static void settles(List<?> expected, List<?> actual) {
        String wanted = expected.toString();
        long deadlineNs = System.nanoTime() + UNEQUAL_PATIENCE.toNanos();
        isTrue(
                "equal, or time to say why not",
                () -> wanted.equals(actual.toString()) || System.nanoTime() - deadlineNs > 0);
        settles(actual);
    }
}
