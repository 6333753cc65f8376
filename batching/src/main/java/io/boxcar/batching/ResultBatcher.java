package io.boxcar.batching;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Any thread adds; the batcher's own thread delivers. A {@link Batcher} that gives each element a result or an error of
 * its own. Futures are completed on the batcher's thread: work that takes long belongs in the {@code ...Async} methods.
 */
public final class ResultBatcher<E, R extends @Nullable Object> implements AutoCloseable {
    private final Batcher<BatchCall<E, R>> batcher;

    private ResultBatcher(Batcher<BatchCall<E, R>> batcher) {
        this.batcher = batcher;
    }

    /**
     * Starts a batcher.
     *
     * @param sink answers each call of its batch before it returns, and may answer some with a failure. If it throws,
     *     the calls that are not answered fail with that; if it merely forgets one, that one fails with an
     *     IllegalStateException
     */
    public static <E, R extends @Nullable Object> ResultBatcher<E, R> start(
            BatcherOptions<E> options, BatchSink<BatchCall<E, R>> sink) {
        BatcherOptions<BatchCall<E, R>> callOptions = new BatcherOptions<>(
                options.name(),
                options.maxCount(),
                options.maxBytes(),
                call -> options.sizer().applyAsInt(call.element()),
                options.maxAgeNs(),
                options.capacity());
        BatchSink<BatchCall<E, R>> answering = batch -> {
            List<BatchCall<E, R>> calls = List.copyOf(batch);
            try {
                sink.accept(batch);
            } catch (Throwable t) {
                failAll(calls, t);
                throw t;
            }
            for (BatchCall<E, R> call : calls) {
                if (!call.future().isDone()) {
                    call.fail(new IllegalStateException("the sink returned without an answer to " + call.element()));
                }
            }
        };
        return new ResultBatcher<>(Batcher.start(callOptions, answering, ResultBatcher::failAll));
    }

    /**
     * Adds an element, and waits for space while the batcher is full. The future completes with the element's result or
     * error.
     *
     * @throws IllegalStateException as {@link Batcher#add}
     */
    public CompletableFuture<R> add(E element) throws InterruptedException {
        BatchCall<E, R> call = new BatchCall<>(element);
        batcher.add(call);
        return call.future();
    }

    /** As {@link #add}, but null when the batcher is full: the element was not added. */
    public @Nullable CompletableFuture<R> tryAdd(E element) {
        BatchCall<E, R> call = new BatchCall<>(element);
        return batcher.tryAdd(call) ? call.future() : null;
    }

    /** As {@link Batcher#flush}. */
    public void flush() throws InterruptedException {
        batcher.flush();
    }

    /** As {@link Batcher#close}. */
    @Override
    public void close() {
        batcher.close();
    }

    private static <E, R extends @Nullable Object> void failAll(List<BatchCall<E, R>> calls, Throwable cause) {
        for (BatchCall<E, R> call : calls) {
            call.fail(cause);
        }
    }
}
