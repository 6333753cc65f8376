package io.boxcar.batching;

import com.lmax.disruptor.BusySpinWaitStrategy;
import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.InsufficientCapacityException;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.Sequence;
import com.lmax.disruptor.util.Util;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Any thread offers; one consumer thread, usually an event loop, drains and parks. A bounded ring that gathers what
 * many producers hand over, and wakes the consumer once when it is idle instead of once per element.
 *
 * <pre>
 *   producer                                       consumer
 *   claim, fill, publish                           drain until 0
 *   full fence                                     gate = PARKED
 *   gate == PARKED?  CAS -> AWAKE, run wake        full fence
 *                                                  next slot published?  gate = AWAKE, drain again : wait for wake
 * </pre>
 *
 * Of the two fences at least one sees the other side, so an element is never left behind with nobody told. The ring
 * begins parked: the very first offer runs wake.
 *
 * <p>Order: elements of one producer are drained in the order in which it offered them.
 */
public final class BatchRing<E> {
    private static final long AWAKE = 0;
    private static final long PARKED = 1;

    private final RingBuffer<Slot<E>> ring;
    private final EventPoller<Slot<E>> poller;

    /** Consumed so far; written by the consumer (inside the poller), read by producers that look for free slots. */
    private final Sequence consumed;

    /** Where the poller must stop; consumer only. */
    private final Sequence drainLimit = new Sequence();

    /** PARKED is written by the consumer, AWAKE by whoever takes it back. A Sequence because it is padded. */
    private final Sequence gate = new Sequence(PARKED);

    private final Runnable wake;
    private final Drain<E> drain = new Drain<>();

    /**
     * @param capacity elements; rounded up to a power of two
     * @param wake run by the producer that finds the consumer parked, at most once per park, after its element is
     *     published. It must not block, and should not throw: the exception would reach the caller of
     *     {@link #offer} although the element is aboard
     */
    public BatchRing(int capacity, Runnable wake) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity must be at least 1, not " + capacity);
        }
        this.wake = wake;
        // Nobody waits inside the Disruptor, so its wait strategy only has to cost nothing on publish.
        this.ring = RingBuffer.createMultiProducer(
                Slot::new, Util.ceilingNextPowerOfTwo(capacity), new BusySpinWaitStrategy());
        this.poller = ring.newPoller(drainLimit);
        this.consumed = poller.getSequence();
        ring.addGatingSequences(consumed);
    }

    /** Any thread. Never blocks. Returns false, and leaves the element with the caller, when the ring is full. */
    public boolean offer(E element) {
        long sequence;
        try {
            sequence = ring.tryNext();
        } catch (InsufficientCapacityException full) {
            return false;
        }
        ring.get(sequence).element = element;
        ring.publish(sequence);
        // publish is a release store only; without the fence it could pass the load of the gate below.
        VarHandle.fullFence();
        if (gate.get() == PARKED && gate.compareAndSet(PARKED, AWAKE)) {
            wake.run();
        }
        return true;
    }

    /**
     * Consumer thread only, not from within the sink. Hands at most limit elements to the sink, oldest first, and
     * returns how many. The slots become free for producers when the whole drain is over.
     *
     * <p>If the sink throws, the drain ends and the exception is thrown from here; the element it was given counts as
     * consumed and is not delivered again, the elements behind it stay.
     */
    public int drain(int limit, Consumer<? super E> sink) {
        assert drain.sink == null : "drain within drain";
        long before = consumed.get();
        // Not limited by returning false from the handler: the poller would scan the whole backlog on every poll.
        drainLimit.set(Math.min(ring.getCursor(), before + limit));
        drain.sink = sink;
        try {
            poller.poll(drain);
        } catch (Exception e) {
            throw new AssertionError("the drain handler throws nothing", e);
        } finally {
            drain.sink = null;
        }
        drain.rethrowFailure();
        return (int) (consumed.get() - before);
    }

    /**
     * Consumer thread only. Announces that the consumer is about to wait. True: nothing is there, and the next offer
     * runs wake exactly once. False: something is there and the consumer must drain again; a producer may have run
     * wake in the meantime, so a wake with nothing left to drain is possible and harmless.
     *
     * <p>A consumer that stops with elements left, because it cannot pass them on, does not park: nobody needs to
     * wake it for more of them.
     */
    public boolean park() {
        gate.setVolatile(PARKED); // store, then full fence
        if (!ring.isAvailable(consumed.get() + 1)) {
            // A slot that is claimed but not published counts as nothing: its producer has yet to look at the gate.
            return true;
        }
        gate.set(AWAKE);
        return false;
    }

    /** Any thread. Elements offered and not yet drained; approximate while others offer or drain. */
    public int size() {
        long size = ring.getCursor() - consumed.get();
        return (int) Math.max(0, Math.min(size, ring.getBufferSize()));
    }

    /** Any thread. The most elements the ring holds: the constructor's capacity as a power of two. */
    public int capacity() {
        return ring.getBufferSize();
    }

    /** Lives for ever in the ring; holds its element only between publish and drain. */
    private static final class Slot<E> {
        @Nullable
        E element;
    }

    /** Consumer thread only. Passes elements from slots to the sink of the current drain. */
    private static final class Drain<E> implements EventPoller.Handler<Slot<E>> {
        @Nullable
        Consumer<? super E> sink;

        private @Nullable Throwable failure;

        @Override
        public boolean onEvent(Slot<E> slot, long sequence, boolean endOfBatch) {
            E element = slot.element;
            Consumer<? super E> sink = this.sink;
            if (element == null || sink == null) {
                throw new AssertionError("polled outside of a drain");
            }
            slot.element = null;
            try {
                sink.accept(element);
                return true;
            } catch (Throwable t) {
                // Thrown through the poller the slot would not count as consumed, and come again for ever.
                failure = t;
                return false;
            }
        }

        void rethrowFailure() {
            Throwable thrown = failure;
            if (thrown != null) {
                failure = null;
                switch (thrown) {
                    case RuntimeException e -> throw e;
                    case Error e -> throw e;
                    // Consumer declares nothing checked; only a sink that cheats the compiler gets here.
                    default -> throw new IllegalStateException(thrown);
                }
            }
        }
    }
}
