package io.boxcar.loadtest;

/**
 * How much load.
 *
 * @param connections client connections that take part
 * @param ratePerSecond requests that become due each second, whether or not responses arrive (open loop); 0 to send the
 *     next one as soon as a response has arrived (closed loop)
 */
public record LoadLevel(int connections, double ratePerSecond) {
    private static final int MAX_CONNECTIONS = 60_000; // about what one address has ports for
    private static final double MAX_RATE = 10_000_000;

    public LoadLevel {
        if (connections < 1 || connections > MAX_CONNECTIONS) {
            throw new IllegalArgumentException(
                    "connections is " + connections + "; allowed is 1 to " + MAX_CONNECTIONS);
        }
        if (!(ratePerSecond >= 0 && ratePerSecond <= MAX_RATE)) {
            throw new IllegalArgumentException("rate is " + ratePerSecond
                    + "; allowed is 0 (as fast as responses arrive) to 10 million per second");
        }
    }

    boolean isOpenLoop() {
        return ratePerSecond > 0;
    }

    /** The figure that a load in steps raises. */
    double offered() {
        return isOpenLoop() ? ratePerSecond : connections;
    }
}
