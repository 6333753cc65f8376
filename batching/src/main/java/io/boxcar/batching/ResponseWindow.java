package io.boxcar.batching;

import org.jspecify.annotations.Nullable;

/**
 * Owned by the thread of one client connection. Holds what one client has asked, in request order, and releases each
 * once it and everything before it is answered, whatever order the answers come in.
 *
 * <p>The array is made by the first add and doubles from 4 up to the capacity, so a client that is only connected costs
 * nothing; it does not shrink.
 */
public final class ResponseWindow<E extends Answerable> {
    private static final int INITIAL_SLOTS = 4;
    private static final int MAX_CAPACITY = 1 << 30;

    private final int capacity;
    private @Nullable E @Nullable [] elements;
    private int head;
    private int size;

    /** @param capacity the most elements that wait for their turn, 1 to 2^30 */
    public ResponseWindow(int capacity) {
        if (capacity < 1 || capacity > MAX_CAPACITY) {
            throw new IllegalArgumentException("capacity must be 1 to " + MAX_CAPACITY + ", not " + capacity);
        }
        this.capacity = capacity;
    }

    /**
     * Adds the client's next request.
     *
     * @throws IllegalStateException when full; callers check {@link #isFull} and stop reading
     */
    public void add(E element) {
        if (isFull()) {
            throw new IllegalStateException("the window of " + capacity + " is full");
        }
        @Nullable E[] slots = elements;
        if (slots == null || size == slots.length) {
            slots = grow(slots);
        }
        slots[(head + size) & (slots.length - 1)] = element;
        size++;
    }

    /** The oldest request, answered or not; null when there is none. */
    public @Nullable E head() {
        @Nullable E[] slots = elements;
        return slots == null ? null : slots[head];
    }

    /** The youngest request, answered or not; null when there is none. */
    public @Nullable E tail() {
        @Nullable E[] slots = elements;
        return slots == null || size == 0 ? null : slots[(head + size - 1) & (slots.length - 1)];
    }

    /** Removes and returns the oldest request if it is answered; null when it is not, or there is none. */
    public @Nullable E pollAnswered() {
        E oldest = head();
        return oldest != null && oldest.isAnswered() ? poll() : null;
    }

    /** Removes and returns the oldest request whether it is answered or not, as when the client has gone. */
    public @Nullable E poll() {
        @Nullable E[] slots = elements;
        if (slots == null || size == 0) {
            return null;
        }
        E oldest = slots[head];
        slots[head] = null;
        head = (head + 1) & (slots.length - 1);
        size--;
        return oldest;
    }

    public int size() {
        return size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    public boolean isFull() {
        return size >= capacity;
    }

    @SuppressWarnings("unchecked")
    private @Nullable E[] grow(@Nullable E @Nullable [] old) {
        int length = old == null ? INITIAL_SLOTS : old.length * 2;
        @Nullable E[] slots = (@Nullable E[]) new @Nullable Answerable[length];
        if (old != null) {
            for (int i = 0; i < size; i++) {
                slots[i] = old[(head + i) & (old.length - 1)];
            }
        }
        head = 0;
        elements = slots;
        return slots;
    }
}
