package io.boxcar.batching;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the thread of one upstream connection. In-flight table of a protocol whose responses come in any order and
 * carry the ID of their request.
 *
 * <pre>
 *   id = generation of the slot (31 bits) &lt;&lt; 32 | slot
 *
 *   slot        0    1    2    3    4 ...
 *   element     a    -    c    -    (never used yet)
 *   generation  7    3    7    9    0
 *   free stack  1                         slot 3 is in quarantine
 * </pre>
 *
 * A slot gets a new generation whenever it is released, so the ID of an earlier use no longer matches. A slow response
 * holds its own slot only, where a sequence number modulo the capacity would hold up everything behind it. Arrays start
 * small and double up to the capacity; they do not shrink.
 */
public final class ByIdInFlight<E> implements InFlight<E> {
    private static final int INITIAL_SLOTS = 16;

    private final int capacity;
    private @Nullable E[] elements;
    private int[] generations;
    private boolean[] quarantined;
    private int[] free;
    private int freeCount;
    private int usedSlots;
    private int size;
    private int quarantinedCount;

    /** @param capacity the most elements in flight, those in quarantine included */
    public ByIdInFlight(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity must be at least 1, not " + capacity);
        }
        int slots = Math.min(INITIAL_SLOTS, capacity);
        this.capacity = capacity;
        this.elements = newArray(slots);
        this.generations = new int[slots];
        this.quarantined = new boolean[slots];
        this.free = new int[slots];
    }

    @Override
    public long add(E element) {
        int slot;
        if (freeCount > 0) {
            slot = free[--freeCount];
        } else if (usedSlots < capacity) {
            slot = usedSlots;
            if (slot == elements.length) {
                grow();
            }
            usedSlots++;
        } else {
            throw new IllegalStateException(
                    size + " elements are in flight and " + quarantinedCount + " in quarantine, of " + capacity);
        }
        elements[slot] = element;
        size++;
        return (long) generations[slot] << 32 | slot;
    }

    /** {@inheritDoc} The late response of an ID in quarantine gets null too, and ends the quarantine. */
    @Override
    public @Nullable E take(long id) {
        int slot = (int) id;
        if (!matches(id, slot)) {
            return null;
        }
        E element = elements[slot];
        if (element != null) {
            elements[slot] = null;
            size--;
            release(slot);
        } else if (quarantined[slot]) {
            quarantined[slot] = false;
            quarantinedCount--;
            release(slot);
        }
        return element;
    }

    /**
     * Gives up on a response, as after a timeout: removes and returns the element, but keeps its slot from being used
     * until {@link #take} is called with the same ID for the late response. Null when the ID is not in flight.
     */
    public @Nullable E quarantine(long id) {
        int slot = (int) id;
        if (!matches(id, slot)) {
            return null;
        }
        E element = elements[slot];
        if (element != null) {
            elements[slot] = null;
            size--;
            quarantined[slot] = true;
            quarantinedCount++;
        }
        return element;
    }

    @Override
    public int size() {
        return size;
    }

    /** Slots that wait for a late response; they count against the capacity but not in {@link #size}. */
    public int quarantined() {
        return quarantinedCount;
    }

    @Override
    public int capacity() {
        return capacity;
    }

    @Override
    public boolean isFull() {
        return size + quarantinedCount >= capacity;
    }

    /** {@inheritDoc} In no particular order. What is in quarantine stays there. */
    @Override
    public int failAll(Consumer<? super E> sink) {
        // The IDs are noted first, since the sink may add to slots that this loop has yet to visit.
        long[] ids = new long[size];
        int count = 0;
        for (int slot = 0; slot < usedSlots; slot++) {
            if (elements[slot] != null) {
                ids[count++] = (long) generations[slot] << 32 | slot;
            }
        }
        int failed = 0;
        for (long id : ids) {
            E element = take(id);
            if (element != null) {
                failed++;
                sink.accept(element);
            }
        }
        return failed;
    }

    private boolean matches(long id, int slot) {
        return slot >= 0 && slot < usedSlots && generations[slot] == (int) (id >>> 32);
    }

    private void release(int slot) {
        generations[slot] = (generations[slot] + 1) & Integer.MAX_VALUE;
        free[freeCount++] = slot;
    }

    private void grow() {
        int slots = (int) Math.min(2L * elements.length, capacity);
        elements = Arrays.copyOf(elements, slots);
        generations = Arrays.copyOf(generations, slots);
        quarantined = Arrays.copyOf(quarantined, slots);
        free = Arrays.copyOf(free, slots);
    }

    @SuppressWarnings("unchecked")
    private static <E> @Nullable E[] newArray(int length) {
        return (@Nullable E[]) new @Nullable Object[length];
    }
}
