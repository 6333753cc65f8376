package io.boxcar.batching;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ByIdInFlightTest {
    @Test
    void elementsAreTakenInAnyOrder() {
        ByIdInFlight<String> inFlight = new ByIdInFlight<>(10);
        long a = inFlight.add("a");
        long b = inFlight.add("b");
        long c = inFlight.add("c");
        assertEquals("b", inFlight.take(b));
        assertEquals("c", inFlight.take(c));
        assertEquals("a", inFlight.take(a));
        assertTrue(inFlight.isEmpty());
    }

    @Test
    void idOfAnEarlierUseOfTheSlotDoesNotMatch() {
        ByIdInFlight<String> inFlight = new ByIdInFlight<>(1);
        long first = inFlight.add("first");
        inFlight.take(first);
        long second = inFlight.add("second");
        assertNotEquals(first, second);
        assertEquals((int) first, (int) second, "the same slot");
        assertNull(inFlight.take(first));
        assertEquals("second", inFlight.take(second));
        assertNull(inFlight.take(second));
    }

    @Test
    void unknownIdsAreNotInFlight() {
        ByIdInFlight<String> inFlight = new ByIdInFlight<>(4);
        inFlight.add("a");
        for (long id : new long[] {-1, 1, 4, 1L << 32, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 31}) {
            assertNull(inFlight.take(id));
            assertNull(inFlight.quarantine(id));
        }
        assertEquals(1, inFlight.size());
    }

    @Test
    void slotInQuarantineIsNotUsedUntilTheLateResponse() {
        ByIdInFlight<String> inFlight = new ByIdInFlight<>(2);
        long slow = inFlight.add("slow");
        assertEquals("slow", inFlight.quarantine(slow));
        assertNull(inFlight.quarantine(slow), "once only");
        assertEquals(0, inFlight.size());
        assertEquals(1, inFlight.quarantined());
        long other = inFlight.add("other");
        assertTrue(inFlight.isFull());
        assertThrows(IllegalStateException.class, () -> inFlight.add("one too many"));

        assertNull(inFlight.take(slow), "the late response goes to nobody");
        assertEquals(0, inFlight.quarantined());
        assertFalse(inFlight.isFull());
        long reused = inFlight.add("reused");
        assertEquals((int) slow, (int) reused);
        assertNull(inFlight.take(slow), "a second late response does not match either");
        assertEquals("other", inFlight.take(other));
        assertEquals("reused", inFlight.take(reused));
    }

    @Test
    void failAllEmptiesAndLeavesQuarantineAlone() {
        ByIdInFlight<String> inFlight = new ByIdInFlight<>(4);
        long slow = inFlight.add("slow");
        inFlight.add("a");
        inFlight.add("b");
        inFlight.quarantine(slow);
        List<String> failed = new ArrayList<>();
        assertEquals(2, inFlight.failAll(failed::add));
        assertEquals(List.of("a", "b"), failed);
        assertEquals(1, inFlight.quarantined());
        assertTrue(inFlight.isEmpty());
    }

    @Test
    void sinkOfFailAllMayAddAndTake() {
        ByIdInFlight<String> inFlight = new ByIdInFlight<>(100);
        inFlight.add("a");
        long b = inFlight.add("b");
        inFlight.add("c");
        List<String> failed = new ArrayList<>();
        int count = inFlight.failAll(element -> {
            failed.add(element);
            if (element.equals("a")) {
                inFlight.take(b);
            }
            inFlight.add("new");
        });
        assertEquals(2, count);
        assertEquals(List.of("a", "c"), failed);
        assertEquals(2, inFlight.size());
    }

    @Test
    void agreesWithAModelOverRandomSteps() {
        long seed = new Random().nextLong();
        System.out.println("ByIdInFlightTest seed " + seed);
        Random random = new Random(seed);
        int capacity = 50;
        ByIdInFlight<Integer> inFlight = new ByIdInFlight<>(capacity);
        Map<Long, Integer> model = new HashMap<>();
        List<Long> live = new ArrayList<>();
        List<Long> late = new ArrayList<>();
        List<Long> dead = new ArrayList<>();
        for (int step = 0; step < 200_000; step++) {
            String at = "seed " + seed + " step " + step;
            assertEquals(live.size() + late.size() >= capacity, inFlight.isFull(), at);
            int choice = random.nextInt(10);
            if (choice < 5 && !inFlight.isFull()) {
                long id = inFlight.add(step);
                assertTrue(id >= 0, at);
                assertNull(model.put(id, step), at + ": an ID came twice");
                live.add(id);
            } else if (choice < 7 && !live.isEmpty()) {
                long id = live.remove(random.nextInt(live.size()));
                assertEquals(model.get(id), inFlight.take(id), at);
                dead.add(id);
            } else if (choice == 7 && !live.isEmpty()) {
                long id = live.remove(random.nextInt(live.size()));
                assertEquals(model.get(id), inFlight.quarantine(id), at);
                late.add(id);
            } else if (choice == 8 && !late.isEmpty()) {
                long id = late.remove(random.nextInt(late.size()));
                assertNull(inFlight.take(id), at);
                dead.add(id);
            } else if (!dead.isEmpty()) {
                assertNull(inFlight.take(dead.get(random.nextInt(dead.size()))), at);
            }
            assertEquals(live.size(), inFlight.size(), at);
            assertEquals(late.size(), inFlight.quarantined(), at);
        }
    }
}
