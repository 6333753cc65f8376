package io.boxcar.proxy.core;

import io.boxcar.batching.BatchRing;
import io.boxcar.proxy.accesslog.AccessEntry;
import io.boxcar.proxy.accesslog.Batch;
import io.boxcar.proxy.accesslog.ClientLog;
import io.boxcar.proxy.accesslog.LoopLog;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one event loop owns: the pool of exchanges, the ring on which other loops hand exchanges back, and the end of the
 * turn. Owned by its event loop; only {@link #deliver} and {@link #wakeStalled} are for other threads.
 *
 * <p>A turn is one round of the event loop: all reads that are there, then this:
 * <pre>
 *   exchanges handed back by other loops -> their clients
 *   clients that waited for room         -> decode on
 *   lanes with something to do           -> one departure each: one write and flush upstream
 *   clients with new responses           -> one flush each
 * </pre>
 * so nothing is flushed twice in a turn, however many requests and responses it brought.
 */
public final class LoopContext {
    private static final System.Logger LOG = System.getLogger(LoopContext.class.getName());
    private static final int MAX_POOLED = 4096;
    private static final int MAX_ROUNDS = 8;

    private final EventLoop loop;
    private final int maxOutstanding;
    private final long maxUnsentBytes;
    private final @Nullable LoopLog accessLog;
    private final BatchRing<Exchange> handedBack;

    private final Runnable endOfTurn = this::endOfTurn;
    private final Consumer<Exchange> accept = this::accept;
    private final Runnable resumeStalled = this::resumeStalled;
    private final ArrayList<Departing> dirtyLanes = new ArrayList<>();
    /** Clients that wait until this loop's exchanges come back. */
    private final ArrayDeque<ClientConnection> waitingForExchange = new ArrayDeque<>();

    /** Clients that wait until their lane has room in its ring. */
    private final ArrayDeque<ClientConnection> waitingForLane = new ArrayDeque<>();

    private Flushing[] touchedClients = new Flushing[64];
    private int touchedCount;
    private Exchange[] pool = new Exchange[64];
    private int pooled;
    private int outstanding;
    private long unsentBytes;
    private boolean turnScheduled;
    private long turnNs;

    /**
     * @param maxOutstanding exchanges that clients of this loop may have out at once; the ring on which they come back is made
     *     for them, so it never overflows
     * @param maxUnsentBytes response bytes that slow clients of this loop may leave unsent before they are cut off
     */
    public LoopContext(EventLoop loop, int maxOutstanding, long maxUnsentBytes) {
        this(loop, maxOutstanding, maxUnsentBytes, null);
    }

    /** @param accessLog null = there is no access log */
    public LoopContext(EventLoop loop, int maxOutstanding, long maxUnsentBytes, @Nullable LoopLog accessLog) {
        this.maxUnsentBytes = maxUnsentBytes;
        this.accessLog = accessLog;
        this.loop = loop;
        this.maxOutstanding = maxOutstanding;
        // Twice: slots are free again only when a whole drain is over, and exchanges released in it may come back in
        // it.
        this.handedBack = new BatchRing<>(2 * maxOutstanding, () -> loop.execute(endOfTurn));
    }

    public EventLoop loop() {
        return loop;
    }

    /** What the clients of this loop write their exchanges to; null if nobody wants to know. */
    public @Nullable LoopLog accessLog() {
        return accessLog;
    }

    /** The next departure of a lane of this loop, for the access log; null if there is none. */
    public @Nullable Batch newBatch() {
        LoopLog log = accessLog;
        return log == null ? null : log.newBatch();
    }

    /** Logs what is no peer's doing but a mistake of ours; the connection it happened on is closed by the caller. */
    public static void reportMistake(Throwable cause) {
        if (!(cause instanceof IOException)) {
            LOG.log(Level.ERROR, "a connection is closed because of a mistake in Boxcar; please report it", cause);
        }
    }

    /** Nanoseconds of this loop's clock, taken at the first event of the turn. */
    public long turnNs() {
        return turnScheduled ? turnNs : nowNs();
    }

    /** Nanoseconds of this loop's clock, now. */
    public long nowNs() {
        return loop.ticker().nanoTime();
    }

    /** Whether the clients of this loop have as many exchanges out as allowed. */
    boolean isFull() {
        return outstanding == maxOutstanding;
    }

    /** Whether the clients of this loop may have so many exchanges more out. */
    boolean hasRoomFor(int count) {
        return outstanding + count <= maxOutstanding;
    }

    int maxOutstanding() {
        return maxOutstanding;
    }

    /** An exchange in state FREE; the loop must not be full. */
    Exchange acquire() {
        assert loop.inEventLoop() && !isFull();
        outstanding++;
        return take();
    }

    /** An exchange that is not counted: it stands in the table of an upstream connection for one that gave up waiting. */
    Exchange acquireTombstone() {
        assert loop.inEventLoop();
        return take();
    }

    private Exchange take() {
        return pooled > 0 ? pool[--pooled] : new Exchange(this);
    }

    void release(Exchange exchange) {
        outstanding--;
        AccessEntry entry = exchange.entry;
        if (entry != null) {
            exchange.entry = null;
            entry.ended(AccessEntry.Outcome.GONE, "");
            ClientLog.finish(entry, turnNs());
        }
        releaseTombstone(exchange);
        if (!waitingForExchange.isEmpty() && outstanding <= maxOutstanding / 2) {
            scheduleTurn();
        }
    }

    /** Counts what slow clients have not taken; negative when they have. */
    public void addUnsent(long bytes) {
        unsentBytes += bytes;
    }

    /** Whether the slow clients of this loop hold more memory together than they may. */
    public boolean hasTooMuchUnsent() {
        return unsentBytes > maxUnsentBytes;
    }

    void releaseTombstone(Exchange exchange) {
        assert loop.inEventLoop() && exchange.home == this;
        exchange.clear();
        if (pooled < MAX_POOLED) {
            if (pooled == pool.length) {
                pool = Arrays.copyOf(pool, 2 * pooled);
            }
            pool[pooled++] = exchange;
        }
    }

    /** Exchanges that the clients of this loop have out. */
    int outstanding() {
        return outstanding;
    }

    /** Hands an exchange back to its client. Called by the lane's loop, which must not touch the exchange afterwards. */
    void deliver(Exchange exchange) {
        exchange.state = Exchange.State.HANDED_BACK;
        if (loop.inEventLoop()) {
            accept(exchange);
        } else if (exchange.streaming) {
            // Its pieces are on the way as tasks: the ring could overtake them.
            loop.execute(() -> {
                acceptHandedBack();
                accept(exchange);
            });
        } else if (!handedBack.offer(exchange)) {
            throw new IllegalStateException(
                    "the ring of exchanges handed back is full, which the limit on those out rules out");
        }
    }

    /** As {@link #deliver}, for a piece of a long response; {@code last} says whether the exchange is over with it. */
    void deliverPiece(Exchange exchange, ByteBuf piece, boolean last) {
        if (loop.inEventLoop()) {
            acceptPiece(exchange, piece, last);
        } else {
            loop.execute(() -> {
                // What was handed back earlier on the ring is older than this piece.
                acceptHandedBack();
                acceptPiece(exchange, piece, last);
            });
        }
    }

    private void accept(Exchange exchange) {
        ClientConnection client = exchange.client();
        exchange.markAnswered();
        try {
            client.requests().onAnswered(exchange);
        } catch (RuntimeException | OutOfMemoryError e) {
            endAfterMistake(client, e);
        }
    }

    private void acceptPiece(Exchange exchange, ByteBuf piece, boolean last) {
        ClientConnection client = exchange.client();
        try {
            client.requests().onPiece(exchange, piece, last);
        } catch (RuntimeException | OutOfMemoryError e) {
            endAfterMistake(client, e);
        }
    }

    /** What goes wrong with one client, be it that memory ran out, ends that client and nothing else. */
    private static void endAfterMistake(ClientConnection client, Throwable cause) {
        reportMistake(cause);
        client.close();
    }

    private void acceptHandedBack() {
        handedBack.drain(maxOutstanding, accept);
    }

    /** Makes sure that {@link #endOfTurn} runs after the reads of this turn. */
    private void scheduleTurn() {
        if (!turnScheduled) {
            turnScheduled = true;
            turnNs = nowNs();
            loop.execute(endOfTurn);
        }
    }

    /** Its {@link Departing#endOfTurn} runs at the end of this turn; to be called once a turn. */
    public void laneIsDirty(Departing lane) {
        assert loop.inEventLoop();
        dirtyLanes.add(lane);
        scheduleTurn();
    }

    /** It is flushed at the end of this turn; to be called once a turn. */
    public void clientIsTouched(Flushing client) {
        assert loop.inEventLoop();
        if (touchedCount == touchedClients.length) {
            touchedClients = Arrays.copyOf(touchedClients, 2 * touchedCount);
        }
        touchedClients[touchedCount++] = client;
        scheduleTurn();
    }

    /** The client found this loop full; it is resumed when half of the exchanges are back. */
    void awaitExchange(ClientConnection client) {
        waitingForExchange.add(client);
    }

    /** The client found its lane full; it is resumed by {@link #wakeStalled}. */
    void awaitLane(ClientConnection client) {
        waitingForLane.add(client);
    }

    /** A lane has room again. Any thread. */
    void wakeStalled() {
        loop.execute(resumeStalled);
    }

    private void resumeStalled() {
        resume(waitingForLane);
    }

    /** Those that still find no room queue up again, behind the ones of this round. */
    private static void resume(ArrayDeque<ClientConnection> waiting) {
        for (int i = waiting.size(); i > 0; i--) {
            waiting.remove().resumeAfterStall();
        }
    }

    private void endOfTurn() {
        if (!turnScheduled) {
            turnScheduled = true; // what happens below needs no further run
            turnNs = nowNs(); // another loop woke this one: nothing has begun the turn
        }
        boolean isOver = false;
        try {
            for (int round = 0; round < MAX_ROUNDS && !isOver; round++) {
                isOver = runRound();
            }
        } finally {
            turnScheduled = false; // also when an error passes through here: it must not be the last turn
        }
        if (!isOver) {
            scheduleTurn();
        }
    }

    /** Whether nothing is left to do. */
    private boolean runRound() {
        acceptHandedBack();
        if (!waitingForExchange.isEmpty() && outstanding <= maxOutstanding / 2) {
            resume(waitingForExchange);
        }
        for (int i = 0; i < dirtyLanes.size(); i++) {
            run(dirtyLanes.get(i));
        }
        dirtyLanes.clear();
        for (int i = 0; i < touchedCount; i++) {
            touchedClients[i].flush();
        }
        Arrays.fill(touchedClients, 0, touchedCount, null);
        touchedCount = 0;
        return handedBack.park() && dirtyLanes.isEmpty() && touchedCount == 0;
    }

    /** A lane that fails in its part of the turn must not keep the others from theirs. */
    private static void run(Departing lane) {
        try {
            lane.endOfTurn();
        } catch (RuntimeException | OutOfMemoryError e) {
            reportMistake(e);
            lane.restart();
        }
    }
}
