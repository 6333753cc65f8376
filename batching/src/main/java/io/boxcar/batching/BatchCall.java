package io.boxcar.batching;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** An element that waits for its own result. Answered once, by any thread; a second answer is ignored. */
public final class BatchCall<E, R extends @Nullable Object> {
    private final E element;
    private final CompletableFuture<R> future = new CompletableFuture<>();

    BatchCall(E element) {
        this.element = element;
    }

    public E element() {
        return element;
    }

    public void complete(R result) {
        future.complete(result);
    }

    public void fail(Throwable cause) {
        future.completeExceptionally(cause);
    }

    CompletableFuture<R> future() {
        return future;
    }
}
