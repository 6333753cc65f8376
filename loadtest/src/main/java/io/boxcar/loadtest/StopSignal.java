package io.boxcar.loadtest;

import java.util.concurrent.CountDownLatch;
import sun.misc.Signal;

/**
 * Waits for SIGINT or SIGTERM in place of the JVM, which would exit with status 130 or 143: for commands whose regular
 * end is being stopped, so that they can clean up in order and exit with 0. A shutdown hook cannot change the status.
 */
final class StopSignal {
    private final CountDownLatch received = new CountDownLatch(1);

    StopSignal() {}

    void await() throws InterruptedException {
        Signal.handle(new Signal("INT"), signal -> received.countDown());
        Signal.handle(new Signal("TERM"), signal -> received.countDown());
        received.await();
    }
}
