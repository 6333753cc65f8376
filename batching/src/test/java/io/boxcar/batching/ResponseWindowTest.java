package io.boxcar.batching;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ResponseWindowTest {
    private static final class Request implements Answerable {
        final int number;
        boolean answered;

        Request(int number) {
            this.number = number;
        }

        @Override
        public boolean isAnswered() {
            return answered;
        }
    }

    @Test
    void emptyWindowHasNothing() {
        ResponseWindow<Request> window = new ResponseWindow<>(3);
        assertNull(window.head());
        assertNull(window.poll());
        assertNull(window.pollAnswered());
        assertTrue(window.isEmpty());
    }

    @Test
    void answersAreReleasedInRequestOrder() {
        ResponseWindow<Request> window = new ResponseWindow<>(8);
        Request first = new Request(1);
        Request second = new Request(2);
        window.add(first);
        window.add(second);
        second.answered = true;
        assertNull(window.pollAnswered(), "the first is not answered");
        assertSame(first, window.head());
        first.answered = true;
        assertSame(first, window.pollAnswered());
        assertSame(second, window.pollAnswered());
        assertNull(window.pollAnswered());
    }

    @Test
    void pollRemovesWhatIsNotAnswered() {
        ResponseWindow<Request> window = new ResponseWindow<>(8);
        Request request = new Request(1);
        window.add(request);
        assertSame(request, window.poll());
        assertTrue(window.isEmpty());
    }

    @Test
    void capacityIsExact() {
        for (int capacity = 1; capacity < 20; capacity++) {
            ResponseWindow<Request> window = new ResponseWindow<>(capacity);
            for (int i = 0; i < capacity; i++) {
                window.add(new Request(i));
            }
            assertTrue(window.isFull());
            assertThrows(IllegalStateException.class, () -> window.add(new Request(-1)));
            assertEquals(capacity, window.size());
        }
    }

    @Test
    void orderHoldsWhateverOrderTheAnswersComeIn() {
        long seed = new Random().nextLong();
        System.out.println("ResponseWindowTest seed " + seed);
        Random random = new Random(seed);
        for (int run = 0; run < 200; run++) {
            int capacity = 1 + random.nextInt(40);
            ResponseWindow<Request> window = new ResponseWindow<>(capacity);
            List<Request> unanswered = new ArrayList<>();
            int added = 0;
            int released = 0;
            for (int step = 0; step < 2_000; step++) {
                if (random.nextBoolean() && !window.isFull()) {
                    Request request = new Request(added++);
                    window.add(request);
                    unanswered.add(request);
                } else if (!unanswered.isEmpty()) {
                    unanswered.remove(random.nextInt(unanswered.size())).answered = true;
                }
                Request request;
                while ((request = window.pollAnswered()) != null) {
                    assertEquals(released++, request.number, "seed " + seed);
                    assertTrue(request.answered);
                }
                assertEquals(added - released, window.size(), "seed " + seed);
                Request head = window.head();
                assertTrue(head == null || !head.answered, "seed " + seed);
            }
        }
    }
}
