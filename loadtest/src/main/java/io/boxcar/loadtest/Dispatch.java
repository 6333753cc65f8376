package io.boxcar.loadtest;

import io.netty.util.concurrent.Ticker;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gives requests to the connections. Owned by the thread that runs the load.
 *
 * <pre>
 *   closed loop:   a connection has room  --->  it sends
 *   open loop:     a connection has room  --->  queue  ---\
 *                                    Pace: one is due  -----+-->  it sends
 * </pre>
 *
 * <p>In an open loop a request that becomes due while all connections are busy waits for one, and its latency counts from
 * the moment at which it was due.
 */
final class Dispatch {
    private static final long NOTHING_DUE_NS = Long.MAX_VALUE;

    private final LoadTally tally;
    private final Deque<LoadClient> parked = new ArrayDeque<>(); // beyond the number that takes part
    private final List<LoadClient> admitted = new ArrayList<>();
    private final Deque<LoadClient> queue = new ArrayDeque<>();
    private final List<LoadClient> unflushed = new ArrayList<>();
    private Ticker ticker;
    private @Nullable Pace pace;
    private boolean exhausted;
    private int limit; // 0 before the load begins

    Dispatch(LoadTally tally) {
        this.tally = tally;
        ticker = Ticker.systemTicker();
    }

    /** The clock of the loop, before anything else. */
    void useTicker(Ticker loopTicker) {
        ticker = loopTicker;
    }

    /** Load of a closed loop: each of {@code connections} sends when it has room. */
    void runClosed(int connections) {
        pace = null;
        begin(connections);
    }

    /** Load of an open loop: {@code connections} send when {@code due} says so. */
    void runOpen(int connections, Pace due) {
        pace = due;
        begin(connections);
    }

    private void begin(int connections) {
        limit = connections;
        exhausted = false;
        queue.forEach(client -> client.queued = false);
        queue.clear();
        while (admitted.size() > limit) {
            LoadClient client = admitted.removeLast();
            client.admitted = false;
            park(client);
        }
        while (admitted.size() < limit && !parked.isEmpty()) {
            LoadClient client = parked.removeFirst();
            client.parked = false;
            admit(client);
        }
        for (LoadClient client : admitted) {
            give(client);
        }
    }

    /** Whether {@link LoadClient#send} has said that there is no more. */
    boolean isExhausted() {
        return exhausted;
    }

    private void admit(LoadClient client) {
        client.admitted = true;
        admitted.add(client);
    }

    private void park(LoadClient client) {
        if (!client.parked) {
            client.parked = true;
            parked.addLast(client);
        }
    }

    /** {@code client} has connected, or has room again. */
    void hasRoom(LoadClient client) {
        if (!client.admitted && admitted.size() == limit) {
            park(client);
            return;
        }
        if (!client.admitted) {
            admit(client);
        }
        give(client);
    }

    private void give(LoadClient client) {
        if (pace == null) {
            fill(client);
        } else if (!client.queued && client.room() > 0) {
            client.queued = true;
            queue.addLast(client);
        }
    }

    /** {@code client} is lost. */
    void isGone(LoadClient client) {
        if (client.admitted) {
            client.admitted = false;
            admitted.remove(client);
        }
        if (client.parked) {
            client.parked = false;
            parked.remove(client);
        }
        if (client.queued) {
            client.queued = false;
            queue.remove(client);
        }
    }

    private void fill(LoadClient client) {
        int room = tally.isStopped() ? 0 : client.room();
        if (room == 0 || exhausted) {
            return;
        }
        long nowNs = ticker.nanoTime();
        for (; room > 0; room--) {
            if (!client.send(nowNs)) {
                exhausted = true;
                break;
            }
        }
        client.flush();
    }

    /** Sends what has become due; nanoseconds until more does. To be called on each turn of the loop. */
    long turn(long nowNs) {
        Pace due = pace;
        if (due == null || tally.isStopped()) {
            return NOTHING_DUE_NS;
        }
        while (!queue.isEmpty() && !exhausted) {
            long dueNs = due.take(nowNs);
            if (dueNs == Pace.NOT_DUE) {
                break;
            }
            LoadClient client = queue.removeFirst();
            if (!client.send(dueNs)) {
                exhausted = true;
                queue.addFirst(client);
                break;
            }
            if (!client.unflushed) {
                client.unflushed = true;
                unflushed.add(client);
            }
            if (client.room() > 0) {
                queue.addLast(client);
            } else {
                client.queued = false;
            }
        }
        for (LoadClient client : unflushed) {
            client.unflushed = false;
            client.flush();
        }
        unflushed.clear();
        return queue.isEmpty() || exhausted ? NOTHING_DUE_NS : Math.max(0, due.dueNs() - nowNs);
    }
}
