package io.boxcar.batching;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the thread of one upstream connection. Pairs responses with what was sent, by correlation ID. Belongs to one
 * connection and dies with it, so that a stale response cannot meet an element sent on the connection after it.
 */
public sealed interface InFlight<E> permits InOrderInFlight, ByIdInFlight {
    /**
     * Puts an element in flight and returns its correlation ID, which is never negative.
     *
     * @throws IllegalStateException when full; callers check {@link #isFull} first
     */
    long add(E element);

    /** Removes and returns the element, or null when the ID is not in flight: late, unknown or already taken. */
    @Nullable
    E take(long id);

    /** Elements in flight. */
    int size();

    /** The most elements that can be in flight. */
    int capacity();

    /** Whether {@link #add} would be refused. */
    default boolean isFull() {
        return size() >= capacity();
    }

    default boolean isEmpty() {
        return size() == 0;
    }

    /**
     * Removes every element that is in flight now, hands each to the sink, and returns how many that were. The sink may
     * add and take: what it adds stays in flight, what it takes is not handed to it again. If the sink throws, the
     * element it was given is gone and the rest is still in flight.
     */
    int failAll(Consumer<? super E> sink);
}
