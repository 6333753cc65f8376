package io.boxcar.loadtest;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One process started by this one. Its output is read all the time, so that it never blocks on a full pipe, and the
 * last lines are kept for error messages. Safe for use by any thread.
 */
public final class Child implements AutoCloseable {
    private static final int KEPT_LINES = 20;
    private static final long STOP_GRACE_SECONDS = 10;

    private final Children siblings;
    private final String name;
    private final Process process;

    // Guarded by lastLines; written by the reading thread.
    private final Deque<String> lastLines = new ArrayDeque<>();
    private @Nullable Predicate<String> awaited;
    private boolean found;
    private boolean outputEnded;

    Child(Children siblings, String name, Process process) {
        this.siblings = siblings;
        this.name = name;
        this.process = process;
    }

    void startReading() {
        Thread.ofPlatform().daemon().name(name + "-output").start(this::readOutput);
    }

    /** Process ID. */
    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /**
     * Waits for the first line of output, from now on or among the kept ones, that {@code matches}.
     *
     * @throws IOException when the process ends or {@code timeoutMs} passes first; says which, with the last output
     */
    public void awaitLine(Predicate<String> matches, long timeoutMs) throws IOException, InterruptedException {
        synchronized (lastLines) {
            found = lastLines.stream().anyMatch(matches);
            awaited = matches;
            long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
            while (!found) {
                if (outputEnded) {
                    throw new IOException(name + " ended before it was ready" + describeEnd());
                }
                long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
                if (leftMs <= 0) {
                    throw new IOException(name + " was not ready within " + timeoutMs + " ms" + describeEnd());
                }
                lastLines.wait(leftMs);
            }
        }
    }

    /** Exit status if it has ended, and what it said last; to be appended to an error message. */
    public String describeEnd() {
        StringBuilder text = new StringBuilder();
        if (!process.isAlive()) {
            text.append(" (exit status ").append(process.exitValue()).append(')');
        }
        synchronized (lastLines) {
            if (!lastLines.isEmpty()) {
                text.append("; its last output:");
                lastLines.forEach(line -> text.append("\n    ").append(line));
            }
        }
        return text.toString();
    }

    /** SIGKILL; returns when the process is gone. */
    public void kill() {
        process.destroyForcibly();
        awaitEnd(STOP_GRACE_SECONDS);
        siblings.forget(this);
    }

    /** SIGTERM, and SIGKILL when it has not ended after the grace period. */
    @Override
    public void close() {
        process.destroy();
        if (!awaitEnd(STOP_GRACE_SECONDS)) {
            process.destroyForcibly();
            awaitEnd(STOP_GRACE_SECONDS);
        }
        siblings.forget(this);
    }

    private boolean awaitEnd(long seconds) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return process.waitFor(seconds, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void readOutput() {
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                keep(line);
            }
        } catch (IOException e) {
            keep("(output lost: " + e.getMessage() + ")");
        }
        awaitEnd(1); // so that whoever is told of the end finds an exit status
        synchronized (lastLines) {
            outputEnded = true;
            lastLines.notifyAll();
        }
    }

    private void keep(String line) {
        synchronized (lastLines) {
            if (lastLines.size() == KEPT_LINES) {
                lastLines.removeFirst();
            }
            lastLines.addLast(line);
            if (!found && awaited != null && awaited.test(line)) {
                found = true;
                lastLines.notifyAll();
            }
        }
    }
}
