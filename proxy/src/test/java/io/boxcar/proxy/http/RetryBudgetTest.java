package io.boxcar.proxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.config.HttpUpstreamConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RetryBudgetTest {

    private final RetryBudget budget = new RetryBudget(new HttpUpstreamConfig.Retry(1, 20, 3));

    @Test
    void aFewAreAllowedHoweverLittleIsOutstanding() {
        assertEquals(3, acquired(0));
    }

    @Test
    void withMuchOutstandingAShareOfItIsAllowed() {
        assertEquals(20, acquired(100));
        assertFalse(budget.tryAcquire(104));
        assertTrue(budget.tryAcquire(105));
    }

    @Test
    void theShareIsRoundedDownAndDoesNotOverflow() {
        assertEquals(3, acquired(19));
        assertTrue(budget.tryAcquire(Integer.MAX_VALUE));
    }

    @Test
    void whatIsGivenBackCanBeTakenAgain() {
        acquired(0);
        budget.release();
        assertEquals(2, budget.active());
        assertTrue(budget.tryAcquire(0));
        assertFalse(budget.tryAcquire(0));
    }

    @Test
    void whenLessIsOutstandingNoneIsAllowedUntilEnoughHaveEnded() {
        acquired(50);
        for (int active = 10; active > 3; active--) {
            assertFalse(budget.tryAcquire(5));
            budget.release();
        }
        assertFalse(budget.tryAcquire(5));
        budget.release();
        assertTrue(budget.tryAcquire(5));
    }

    @Test
    void zeroAllowsNone() {
        assertFalse(new RetryBudget(new HttpUpstreamConfig.Retry(1, 0, 0)).tryAcquire(1000));
    }

    @Test
    void severalThreadsTogetherGetNoMoreThanIsAllowed() throws InterruptedException {
        AtomicInteger most = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 20_000; i++) {
                    if (budget.tryAcquire(0)) {
                        most.accumulateAndGet(budget.active(), Math::max);
                        budget.release();
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertTrue(most.get() <= 3);
        assertEquals(0, budget.active());
    }

    private int acquired(int outstanding) {
        int acquired = 0;
        while (budget.tryAcquire(outstanding)) {
            acquired++;
        }
        return acquired;
    }
}
