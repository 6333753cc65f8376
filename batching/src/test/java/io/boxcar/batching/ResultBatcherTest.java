package io.boxcar.batching;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ResultBatcherTest {
    private static final BatcherOptions<Integer> OPTIONS =
            BatcherOptions.byCount("test-batcher", 4, TimeUnit.HOURS.toNanos(1), 16);

    private static Throwable failureOf(CompletableFuture<?> future) {
        Throwable cause = assertThrows(ExecutionException.class, future::get).getCause();
        assertNotNull(cause);
        return cause;
    }

    @Test
    void eachElementGetsItsOwnResultOrError() throws Exception {
        BatchSink<BatchCall<Integer, String>> sink = batch -> {
            for (BatchCall<Integer, String> call : batch) {
                if (call.element() % 2 == 0) {
                    call.complete("even " + call.element());
                } else {
                    call.fail(new IOException("odd " + call.element()));
                }
            }
        };
        try (ResultBatcher<Integer, String> batcher = ResultBatcher.start(OPTIONS, sink)) {
            CompletableFuture<String> two = batcher.add(2);
            CompletableFuture<String> three = batcher.tryAdd(3);
            assertNotNull(three);
            batcher.flush();
            assertEquals("even 2", two.get());
            assertEquals("odd 3", failureOf(three).getMessage());
        }
    }

    @Test
    void sinkThatThrowsFailsWhatItHasNotAnswered() throws Exception {
        IOException broken = new IOException("broken");
        BatchSink<BatchCall<Integer, String>> sink = batch -> {
            batch.getFirst().complete("in time");
            batch.clear(); // the batch is the sink's own: what it does to it must not lose an element
            throw broken;
        };
        try (ResultBatcher<Integer, String> batcher = ResultBatcher.start(OPTIONS, sink)) {
            CompletableFuture<String> first = batcher.add(1);
            CompletableFuture<String> second = batcher.add(2);
            batcher.flush();
            assertEquals("in time", first.get());
            assertSame(broken, failureOf(second));
        }
    }

    @Test
    void elementThatTheSinkForgetsFails() throws Exception {
        try (ResultBatcher<Integer, String> batcher = ResultBatcher.start(OPTIONS, batch -> {})) {
            CompletableFuture<String> future = batcher.add(5);
            batcher.flush();
            assertInstanceOf(IllegalStateException.class, failureOf(future));
        }
    }

    @Test
    void closeAnswersWhatIsGathered() throws Exception {
        ResultBatcher<Integer, Integer> batcher =
                ResultBatcher.start(OPTIONS, batch -> batch.forEach(call -> call.complete(-call.element())));
        CompletableFuture<Integer> future = batcher.add(5);
        batcher.close();
        assertTrue(future.isDone());
        assertEquals(-5, future.get());
        assertThrows(IllegalStateException.class, () -> batcher.add(6));
    }

    @Test
    void fullBatcherGivesNoFuture() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        BatchSink<BatchCall<Integer, Integer>> sink = batch -> {
            entered.countDown();
            released.await();
            batch.forEach(call -> call.complete(0));
        };
        try (ResultBatcher<Integer, Integer> batcher =
                ResultBatcher.start(BatcherOptions.byCount("test-batcher", 1, 0, 1), sink)) {
            CompletableFuture<Integer> delivered = batcher.add(1);
            entered.await();
            CompletableFuture<Integer> waiting = batcher.tryAdd(2);
            assertNotNull(waiting);
            assertNull(batcher.tryAdd(3));
            released.countDown();
            assertEquals(0, delivered.get());
            assertEquals(0, waiting.get());
        }
    }
}
