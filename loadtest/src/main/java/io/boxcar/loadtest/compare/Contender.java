package io.boxcar.loadtest.compare;

import io.boxcar.loadtest.Child;
import io.boxcar.loadtest.Sidecar;
import io.boxcar.proxy.config.Address;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** One path to the server, running. Owned by one thread. */
final class Contender implements AutoCloseable {
    private final String name;
    private final Address.Tcp address;
    private final @Nullable Sidecar sidecar;
    private final @Nullable Child child;

    private Contender(String name, Address.Tcp address, @Nullable Sidecar sidecar, @Nullable Child child) {
        this.name = name;
        this.address = address;
        this.sidecar = sidecar;
        this.child = child;
    }

    static Contender direct(Address.Tcp server) {
        return new Contender(Results.DIRECT, server, null, null);
    }

    static Contender boxcar(String name, Sidecar sidecar) {
        return new Contender(name, sidecar.listen(), sidecar, null);
    }

    static Contender peer(String name, Address.Tcp address, Child child) {
        return new Contender(name, address, null, child);
    }

    String name() {
        return name;
    }

    Address.Tcp address() {
        return address;
    }

    boolean isDirect() {
        return sidecar == null && child == null;
    }

    boolean isBoxcar() {
        return sidecar != null;
    }

    /** None on the direct path. */
    Processes processes() {
        if (sidecar != null) {
            return Processes.of(sidecar.pid());
        }
        return child == null ? Processes.NONE : Processes.of(child.pid());
    }

    /** Departures so far and requests in them; not numbers for anything but Boxcar. */
    Batches batches() throws IOException {
        if (sidecar == null) {
            return new Batches(Double.NaN, Double.NaN);
        }
        Sidecar.PrometheusText metrics = sidecar.metrics();
        return new Batches(
                metrics.sum("boxcar_batch_requests_count").orElse(Double.NaN),
                metrics.sum("boxcar_batch_requests_sum").orElse(Double.NaN));
    }

    record Batches(double departures, double requests) {}

    /** @throws IOException when it has ended; says what it said last */
    void requireAlive() throws IOException {
        if (sidecar != null && !sidecar.isAlive()) {
            throw new IOException(name + " ended during the comparison" + sidecar.describeEnd());
        }
        if (child != null && !child.isAlive()) {
            throw new IOException(name + " ended during the comparison" + child.describeEnd());
        }
    }

    @Override
    public void close() {
        if (sidecar != null) {
            sidecar.close();
        }
        if (child != null) {
            child.close();
        }
    }
}
