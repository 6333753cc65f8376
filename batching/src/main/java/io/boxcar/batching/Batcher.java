package io.boxcar.batching;

import java.lang.invoke.VarHandle;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Any thread adds; the batcher's own thread delivers. Gathers single elements into batches by count, bytes and age,
 * bounded, and lets nothing vanish: each element that was accepted reaches the sink, also through {@link #close}, and a
 * batch that the sink refuses reaches the {@link BatchFailure}. {@link ResultBatcher} gives each element an answer.
 *
 * <pre>
 *   add -> BatchRing -> [consumer thread] BatchAssembly -> sink | failure
 *            | full                          | slots are free again
 *            '- wait for space &lt;-------------'
 * </pre>
 *
 * The thread is not a daemon: a program that ends without closing its batchers does not lose what they hold.
 */
public final class Batcher<E> implements AutoCloseable {
    /** Producers that wait are told of space when half of the ring is free, or so long after they were told before. */
    private static final long MAX_SIGNAL_DELAY_NS = 100_000;

    /** After this long producers look by themselves: the consumer may be in a slow sink before it told them. */
    private static final long MAX_BLIND_WAIT_NS = 10_000_000;

    /** Elements and {@link BatchAssembly.Flush} marks. A mark leaves the ring after everything that was added before it. */
    private final BatchRing<Object> ring;

    private final BatchAssembly<E> assembly;
    private final Thread consumer;

    private final ReentrantLock spaceLock = new ReentrantLock();
    private final Condition space = spaceLock.newCondition();

    /** Producers that wait for space; written under the lock, read by the consumer without it. */
    private final AtomicInteger spaceWaiters = new AtomicInteger();

    /** Consumer only. */
    private long signalledNs = System.nanoTime();

    /** Set by close: no more adds. */
    private volatile boolean closing;

    /** Set by the consumer before it looks for the last time; whoever adds after that delivers by itself. */
    private volatile boolean consumerLeaving;

    /** Held by whoever consumes once the consumer is leaving. */
    private final ReentrantLock lateConsumers = new ReentrantLock();

    private Batcher(BatcherOptions<E> options, BatchSink<E> sink, BatchFailure<E> failure, boolean reuses) {
        this.consumer = Thread.ofPlatform().name(options.name()).daemon(false).unstarted(this::consume);
        Thread parked = consumer;
        this.ring = new BatchRing<>(options.capacity(), () -> LockSupport.unpark(parked));
        this.assembly = new BatchAssembly<>(options, sink, failure, reuses, ring.capacity(), System::nanoTime);
    }

    /** Starts a batcher; sink and failure are called on its thread. */
    public static <E> Batcher<E> start(BatcherOptions<E> options, BatchSink<E> sink, BatchFailure<E> failure) {
        return start(new Batcher<>(options, sink, failure, false));
    }

    /**
     * As {@link #start}, without any garbage: the list of a batch is the batcher's and the same for each, so that what sink
     * and failure want to keep of it they must copy before they return.
     */
    public static <E> Batcher<E> startReusing(BatcherOptions<E> options, BatchSink<E> sink, BatchFailure<E> failure) {
        return start(new Batcher<>(options, sink, failure, true));
    }

    private static <E> Batcher<E> start(Batcher<E> batcher) {
        batcher.consumer.start();
        return batcher;
    }

    /**
     * Adds an element, and waits for space while the batcher is full.
     *
     * @throws IllegalStateException when closed, or when full and called by the sink itself, which would wait for ever;
     *     the element was not added
     * @throws InterruptedException when interrupted while waiting for space; the element was not added
     */
    public void add(E element) throws InterruptedException {
        put(element, Long.MAX_VALUE);
    }

    /** Adds an element if there is space at once; otherwise returns false, and the element was not added. */
    public boolean tryAdd(E element) {
        requireOpen();
        return offer(element);
    }

    /** As {@link #add}, but waits at most this many nanoseconds; false: no space in time, the element was not added. */
    public boolean tryAdd(E element, long timeoutNs) throws InterruptedException {
        return put(element, timeoutNs);
    }

    /** Adds the elements in order, as {@link #add}; if that throws, the elements before are added and the rest is not. */
    public void addAll(Collection<? extends E> elements) throws InterruptedException {
        putAll(elements.toArray(), 0, elements.size());
    }

    /**
     * As {@link #addAll(Collection)}, without garbage: adds the elements from index {@code from} on, before index
     * {@code to}. Several at once cost much less than one after the other.
     */
    public void addAll(E[] elements, int from, int to) throws InterruptedException {
        putAll(elements, from, to);
    }

    /**
     * Makes what is gathered leave now, and returns when everything that was added before has been delivered or has
     * failed.
     *
     * @throws IllegalStateException when called by the sink, which would wait for itself
     */
    public void flush() throws InterruptedException {
        if (isConsumer()) {
            throw new IllegalStateException("flush called by the sink of " + consumer.getName());
        }
        BatchAssembly.Flush mark = new BatchAssembly.Flush();
        boolean marked;
        try {
            marked = put(mark, Long.MAX_VALUE);
        } catch (IllegalStateException closed) {
            marked = false;
        }
        if (marked) {
            mark.await();
        } else {
            consumer.join(); // on its way out, it delivers everything
        }
    }

    /**
     * Refuses further adds, delivers what was added, and returns when that is done. An add that races with close either
     * throws or is delivered. May be called again. If the caller is interrupted it returns early with the interrupt
     * status set, while the delivery goes on; called by the sink, it returns at once.
     */
    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(consumer);
        signalSpace();
        if (isConsumer()) {
            return;
        }
        try {
            consumer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Any thread. Elements that wait to be taken up; approximate. */
    public int size() {
        return ring.size();
    }

    /** Any thread. Batches handed to the sink, also those it refused. */
    public long batches() {
        return assembly.batches.get();
    }

    /** Any thread. Elements that the sink took without an exception. */
    public long delivered() {
        return assembly.delivered.get();
    }

    /** Any thread. Elements whose sizer or sink threw, and which went to the {@link BatchFailure}. */
    public long failed() {
        return assembly.failed.get();
    }

    private boolean isConsumer() {
        return Thread.currentThread().equals(consumer);
    }

    private void requireOpen() {
        if (closing) {
            throw new IllegalStateException(consumer.getName() + " is closed");
        }
    }

    private boolean put(Object item, long timeoutNs) throws InterruptedException {
        requireOpen();
        return offer(item) || putWhenSpace(item, timeoutNs);
    }

    private void putAll(Object[] items, int from, int to) throws InterruptedException {
        int next = from;
        while (next < to) {
            requireOpen();
            int taken = ring.offerAll(items, next, to);
            if (taken > 0) {
                consumeIfNobodyDoes();
                next += taken;
            } else {
                put(items[next++], Long.MAX_VALUE);
            }
        }
    }

    private boolean offer(Object item) {
        if (!ring.offer(item)) {
            return false;
        }
        consumeIfNobodyDoes();
        return true;
    }

    private void consumeIfNobodyDoes() {
        // An offer ends with a full fence: either this sees that the consumer is leaving, or its last look sees the
        // item.
        if (consumerLeaving) {
            consumeRest();
        }
    }

    private boolean putWhenSpace(Object item, long timeoutNs) throws InterruptedException {
        if (isConsumer()) {
            throw new IllegalStateException(consumer.getName() + " is full, and its own sink adds to it");
        }
        long remainingNs = timeoutNs;
        spaceLock.lockInterruptibly();
        spaceWaiters.incrementAndGet();
        // Looks for space only after this: a consumer that frees slots after that look sees that somebody waits.
        VarHandle.fullFence();
        try {
            while (true) {
                requireOpen();
                if (offer(item)) {
                    return true;
                }
                if (remainingNs <= 0) {
                    return false;
                }
                long waitNs = Math.min(remainingNs, MAX_BLIND_WAIT_NS);
                remainingNs -= waitNs - space.awaitNanos(waitNs);
            }
        } finally {
            spaceWaiters.decrementAndGet();
            spaceLock.unlock();
        }
    }

    private void consume() {
        while (true) {
            int taken = assembly.takeUp(ring);
            if (taken > 0) {
                signalSpaceIfRoomy();
            }
            assembly.deliverDue();
            if (taken == 0) {
                if (closing) {
                    break;
                }
                if (ring.park()) {
                    awaitWork();
                }
            }
        }
        consumerLeaving = true;
        VarHandle.fullFence();
        consumeRest();
    }

    private void awaitWork() {
        long remainingNs = assembly.remainingNs();
        if (remainingNs == Long.MAX_VALUE) {
            LockSupport.park(this);
        } else {
            LockSupport.parkNanos(this, remainingNs);
        }
        Thread.interrupted(); // nobody's message; left set it would keep the thread from waiting
        assembly.awoke();
    }

    /**
     * Consumes what is left, on the consumer thread when it leaves and then on the thread of each producer whose add
     * raced with close. Does not signal space: who waits for it is told by close.
     */
    private void consumeRest() {
        lateConsumers.lock();
        try {
            // Also waits out a producer between claim and publish, so that nothing behind its slot stays when this
            // returns.
            while (ring.size() > 0) {
                if (assembly.takeUp(ring) > 0) {
                    assembly.deliverDue();
                } else {
                    Thread.onSpinWait();
                }
            }
            assembly.deliverAll();
        } finally {
            lateConsumers.unlock();
        }
    }

    /** Not for each free slot: producers that are woken fill those at once, and sleep again. */
    private void signalSpaceIfRoomy() {
        VarHandle.fullFence(); // slots were freed before this look for waiters
        if (spaceWaiters.get() > 0) {
            long nowNs = assembly.takenUpNs();
            if (ring.size() <= ring.capacity() / 2 || nowNs - signalledNs >= MAX_SIGNAL_DELAY_NS) {
                signalledNs = nowNs;
                signalSpace();
            }
        }
    }

    private void signalSpace() {
        spaceLock.lock();
        try {
            space.signalAll();
        } finally {
            spaceLock.unlock();
        }
    }
}
