package io.boxcar.batching;

import com.lmax.disruptor.BusySpinWaitStrategy;
import com.lmax.disruptor.InsufficientCapacityException;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.Sequence;
import com.lmax.disruptor.util.Util;
import java.lang.invoke.VarHandle;
import java.util.Objects;
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

    /** Consumed so far; written by the consumer, read by producers that look for free slots. */
    private final Sequence consumed = new Sequence();

    /** PARKED is written by the consumer, AWAKE by whoever takes it back. A Sequence because it is padded. */
    private final Sequence gate = new Sequence(PARKED);

    private final Runnable wake;

    /** Consumer only. */
    private boolean isDraining;

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
        ring.addGatingSequences(consumed);
    }

    /** Any thread. Never blocks. Returns false, and leaves the element with the caller, when the ring is full. */
    public boolean offer(E element) {
        Objects.requireNonNull(element); // found by the drain it would be too late
        long sequence;
        try {
            sequence = ring.tryNext();
        } catch (InsufficientCapacityException full) {
            return false;
        }
        ring.get(sequence).element = element;
        ring.publish(sequence);
        wakeIfParked();
        return true;
    }

    /**
     * Any thread. Never blocks. Offers the elements from index {@code from} on, before index {@code to}, in order and with
     * one claim and one fence for all of them. Returns how many the ring took; while others offer too, that may be fewer
     * than there is room for.
     */
    public int offerAll(E[] elements, int from, int to) {
        for (int i = from; i < to; i++) {
            Objects.requireNonNull(elements[i]); // once they are claimed, slots must be filled
        }
        int count = (int) Math.min(to - from, ring.remainingCapacity());
        if (count <= 0) {
            return 0;
        }
        long last;
        try {
            last = ring.tryNext(count);
        } catch (InsufficientCapacityException full) {
            return 0;
        }
        long first = last - count + 1;
        for (int i = 0; i < count; i++) {
            ring.get(first + i).element = elements[from + i];
        }
        ring.publish(first, last);
        wakeIfParked();
        return count;
    }

    private void wakeIfParked() {
        // publish is a release store only; without the fence it could pass the load of the gate below.
        VarHandle.fullFence();
        if (gate.get() == PARKED && gate.compareAndSet(PARKED, AWAKE)) {
            wake.run();
        }
    }

    /**
     * Consumer thread only, not from within the sink. Hands at most limit elements to the sink, oldest first, and
     * returns how many. The slots become free for producers when the whole drain is over.
     *
     * <p>If the sink throws, the drain ends and the exception is thrown from here; the element it was given counts as
     * consumed and is not delivered again, the elements behind it stay.
     */
    public int drain(int limit, Consumer<? super E> sink) {
        assert !isDraining : "drain within drain";
        long before = consumed.get();
        if (!ring.isAvailable(before + 1)) {
            return 0; // without a look at the cursor, whose cache line the producers need
        }
        isDraining = true;
        // What the sink offers is beyond this, and waits for the next drain.
        long end = Math.min(ring.getCursor(), before + limit);
        long last = before;
        try {
            // Up to the cursor slots are claimed, and perhaps not published.
            while (last < end && ring.isAvailable(last + 1)) {
                Slot<E> slot = ring.get(++last);
                sink.accept(slot.take());
            }
        } finally {
            isDraining = false;
            if (last != before) {
                consumed.set(last); // a release
            }
        }
        return (int) (last - before);
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

        E take() {
            E taken = element;
            if (taken == null) {
                throw new AssertionError("published without an element");
            }
            element = null;
            return taken;
        }
    }
}
