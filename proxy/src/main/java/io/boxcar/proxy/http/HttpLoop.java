package io.boxcar.proxy.http;

import io.boxcar.batching.BatchRing;
import io.boxcar.proxy.core.LoopContext;
import io.netty.channel.EventLoop;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What one event loop owns of HTTP: the pool of exchanges, and the ring on which the lanes of other loops hand them back. Owned by
 * that event loop; only {@link #deliver} is for others.
 */
public final class HttpLoop {
    private static final int MAX_POOLED = 4096;

    private final LoopContext context;
    private final int maxOutstanding;
    private final RandomGenerator random;
    private final BatchRing<HttpExchange> handedBack;
    private final Consumer<HttpExchange> accept = this::accept;

    private HttpExchange[] pool = new HttpExchange[64];
    private int pooled;
    private int outstanding;

    /**
     * @param maxOutstanding exchanges that clients of this loop may have out at once
     * @param random for this loop's choices of endpoints
     */
    public HttpLoop(LoopContext context, int maxOutstanding, RandomGenerator random) {
        this.context = context;
        this.random = random;
        this.maxOutstanding = maxOutstanding;
        // Twice: slots are free again only when a whole drain is over, and exchanges released in it may come back in
        // it.
        this.handedBack =
                new BatchRing<>(2 * maxOutstanding, () -> context.loop().execute(this::acceptHandedBack));
    }

    public LoopContext context() {
        return context;
    }

    public EventLoop loop() {
        return context.loop();
    }

    RandomGenerator random() {
        return random;
    }

    /** An exchange for this client, or null if the clients of this loop have as many out as allowed. */
    public @Nullable HttpExchange acquire(ResponseSink sink) {
        assert loop().inEventLoop();
        if (outstanding == maxOutstanding) {
            return null;
        }
        outstanding++;
        HttpExchange exchange = pooled > 0 ? pool[--pooled] : new HttpExchange(this);
        exchange.sink = sink;
        return exchange;
    }

    /** The client has done with it. */
    public void release(HttpExchange exchange) {
        assert loop().inEventLoop() && exchange.home() == this;
        outstanding--;
        exchange.endEntry();
        exchange.endRetry();
        if (exchange.hasSentMessages) {
            exchange.releaseBytes(); // what is still under way finds it handed back, and lets go
            return;
        }
        exchange.clear();
        if (pooled < MAX_POOLED) {
            if (pooled == pool.length) {
                pool = Arrays.copyOf(pool, 2 * pooled);
            }
            pool[pooled++] = exchange;
        }
    }

    /** Exchanges that the clients of this loop have out. */
    public int outstanding() {
        return outstanding;
    }

    /** Hands an exchange back to its client. Called by the lane's loop, which must not touch the exchange afterwards. */
    void deliver(HttpExchange exchange) {
        if (loop().inEventLoop()) {
            accept(exchange);
        } else if (exchange.hasSentTasks) {
            loop().execute(() -> accept(exchange));
        } else if (!handedBack.offer(exchange)) {
            throw new IllegalStateException(
                    "the ring of exchanges handed back is full, which the limit on those out rules out");
        }
    }

    private void acceptHandedBack() {
        do {
            handedBack.drain(maxOutstanding, accept);
        } while (!handedBack.park());
    }

    private void accept(HttpExchange exchange) {
        ResponseSink sink = exchange.sink();
        try {
            if (exchange.failure == null) {
                sink.onAnswered(exchange);
            } else if (exchange.mayBeRepeated && exchange.canBeSentAgain()) {
                exchange.sendAgain();
            } else {
                sink.onFailed(exchange);
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            // What goes wrong with one client ends that client, and nothing of the connection that brought it.
            LoopContext.reportMistake(e);
            sink.end();
        }
    }
}
