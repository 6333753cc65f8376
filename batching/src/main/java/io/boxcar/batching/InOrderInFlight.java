package io.boxcar.batching;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the thread of one upstream connection. In-flight table of a protocol that answers in the order of the
 * requests (RESP, HTTP/1.1): the correlation ID is the sequence number on the connection, starting at 0.
 *
 * <pre>
 *   elements:  .  .  e4 e5 e6 .  .  .        slot = id &amp; mask
 *                    ^head    ^tail          in flight: head &lt;= id &lt; tail
 * </pre>
 *
 * The array starts small and doubles up to the capacity, so that idle connections cost little; it does not shrink.
 */
public final class InOrderInFlight<E> implements InFlight<E> {
    private static final int INITIAL_SLOTS = 16;
    private static final int MAX_CAPACITY = 1 << 30;

    private final int capacity;
    private @Nullable E[] elements;
    private long head;
    private long tail;

    /** @param capacity the most elements in flight, 1 to 2^30 */
    public InOrderInFlight(int capacity) {
        if (capacity < 1 || capacity > MAX_CAPACITY) {
            throw new IllegalArgumentException("capacity must be 1 to " + MAX_CAPACITY + ", not " + capacity);
        }
        this.capacity = capacity;
        this.elements = newArray(INITIAL_SLOTS);
    }

    @Override
    public long add(E element) {
        int size = size();
        if (size == elements.length && size < capacity) {
            grow();
        } else if (size >= capacity) {
            throw new IllegalStateException(capacity + " elements are in flight already");
        }
        elements[slot(tail)] = element;
        return tail++;
    }

    /** The oldest element, which stays in flight; null when there is none. */
    public @Nullable E head() {
        return isEmpty() ? null : elements[slot(head)];
    }

    /** ID of the oldest element; equal to {@link #nextId} when nothing is in flight. */
    public long headId() {
        return head;
    }

    /** ID that the next {@link #add} returns. */
    public long nextId() {
        return tail;
    }

    /**
     * Removes and returns the oldest element.
     *
     * @throws IllegalStateException when nothing is in flight: a response that nobody asked for is checked before
     */
    public E takeHead() {
        int slot = slot(head);
        E element = elements[slot];
        if (element == null) {
            throw new IllegalStateException("nothing is in flight");
        }
        elements[slot] = null;
        head++;
        return element;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException when the ID is in flight but not at the head: responses come in order, so the
     *     caller has lost count
     */
    @Override
    public @Nullable E take(long id) {
        if (!contains(id)) {
            return null;
        }
        if (id != head) {
            throw new IllegalStateException("taking " + id + " before the head, which is " + head);
        }
        return takeHead();
    }

    /** The element with this ID, which stays in flight; null when the ID is not in flight. */
    public @Nullable E get(long id) {
        return contains(id) ? elements[slot(id)] : null;
    }

    /**
     * Puts another element in the place of one in flight, such as a tombstone that swallows the late response of a
     * request that timed out.
     *
     * @throws IllegalStateException when the ID is not in flight
     */
    public void replace(long id, E element) {
        if (!contains(id)) {
            throw new IllegalStateException(id + " is not in flight");
        }
        elements[slot(id)] = element;
    }

    @Override
    public int size() {
        return (int) (tail - head);
    }

    @Override
    public int capacity() {
        return capacity;
    }

    /** {@inheritDoc} Oldest first. */
    @Override
    public int failAll(Consumer<? super E> sink) {
        long end = tail;
        int failed = 0;
        // Fields are read again in each round: the sink may take, add and so grow the array.
        while (head < end) {
            E element = takeHead();
            failed++;
            sink.accept(element);
        }
        return failed;
    }

    private boolean contains(long id) {
        return id >= head && id < tail;
    }

    private int slot(long id) {
        return (int) id & (elements.length - 1);
    }

    private void grow() {
        @Nullable E[] old = elements;
        elements = newArray(old.length * 2);
        for (long id = head; id < tail; id++) {
            elements[slot(id)] = old[(int) id & (old.length - 1)];
        }
    }

    @SuppressWarnings("unchecked")
    private static <E> @Nullable E[] newArray(int length) {
        return (@Nullable E[]) new @Nullable Object[length];
    }
}
