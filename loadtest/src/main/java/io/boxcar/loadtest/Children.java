package io.boxcar.loadtest;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The processes that this one has started and must not leave behind: when the JVM is asked to stop (SIGINT, SIGTERM or
 * a regular exit) they are stopped, the youngest first. Safe for use by any thread.
 */
public final class Children {
    private final Deque<Child> youngestFirst = new ArrayDeque<>();
    private final Thread hook = new Thread(this::shutDown, "stop-children");
    private boolean hooked;
    private boolean shuttingDown;

    /**
     * Starts {@code command} and keeps it in mind until it is closed or killed.
     *
     * @throws IOException when the command cannot be run, or the JVM is already shutting down
     */
    public synchronized Child spawn(String name, List<String> command) throws IOException {
        if (shuttingDown) {
            throw new IOException("shutting down, " + name + " is not started");
        }
        if (!hooked) {
            // Before the process exists: a hook that comes too late throws, and would leave it behind.
            try {
                Runtime.getRuntime().addShutdownHook(hook);
            } catch (IllegalStateException e) {
                throw new IOException("shutting down, " + name + " is not started", e);
            }
            hooked = true;
        }
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        Child child = new Child(this, name, process);
        youngestFirst.addFirst(child);
        child.startReading();
        return child;
    }

    /** Whether this process is ending, and they with it. */
    public synchronized boolean areStopping() {
        return shuttingDown;
    }

    synchronized void forget(Child child) {
        youngestFirst.remove(child);
        if (youngestFirst.isEmpty() && hooked && !shuttingDown) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
                hooked = false;
            } catch (IllegalStateException e) {
                shuttingDown = true; // the hook is about to run and finds nothing left to do
            }
        }
    }

    private void shutDown() {
        List<Child> left;
        synchronized (this) {
            shuttingDown = true;
            left = List.copyOf(youngestFirst);
        }
        left.forEach(Child::close);
    }
}
