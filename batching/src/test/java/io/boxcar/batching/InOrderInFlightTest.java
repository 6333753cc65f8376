package io.boxcar.batching;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class InOrderInFlightTest {
    private final List<String> failed = new ArrayList<>();

    @Test
    void idsAreSequenceNumbersFromZero() {
        InOrderInFlight<String> inFlight = new InOrderInFlight<>(10);
        assertEquals(inFlight.headId(), inFlight.nextId());
        assertEquals(0, inFlight.add("a"));
        assertEquals(1, inFlight.add("b"));
        assertEquals(0, inFlight.headId());
        assertEquals(2, inFlight.nextId());
        assertEquals("a", inFlight.head());
        assertEquals("a", inFlight.take(0));
        assertEquals("b", inFlight.takeHead());
        assertNull(inFlight.head());
        assertEquals(2, inFlight.add("c"));
    }

    @Test
    void onlyTheHeadMayBeTaken() {
        InOrderInFlight<String> inFlight = new InOrderInFlight<>(10);
        inFlight.add("a");
        inFlight.add("b");
        assertThrows(IllegalStateException.class, () -> inFlight.take(1));
        assertEquals("a", inFlight.take(0), "the refused take changed nothing");
        assertNull(inFlight.take(0), "taken already");
        assertNull(inFlight.take(2), "not sent yet");
        assertNull(inFlight.take(-1), "unknown");
    }

    @Test
    void takingTheHeadOfNothingIsAnError() {
        assertThrows(IllegalStateException.class, () -> new InOrderInFlight<String>(1).takeHead());
    }

    @Test
    void capacityIsExact() {
        InOrderInFlight<Integer> inFlight = new InOrderInFlight<>(21);
        for (int i = 0; i < 21; i++) {
            assertFalse(inFlight.isFull());
            inFlight.add(i);
        }
        assertTrue(inFlight.isFull());
        assertThrows(IllegalStateException.class, () -> inFlight.add(21));
        assertEquals(0, inFlight.takeHead());
        assertEquals(21, inFlight.add(21));
    }

    @Test
    void tombstoneTakesThePlaceOfAnElement() {
        InOrderInFlight<String> inFlight = new InOrderInFlight<>(10);
        inFlight.add("a");
        long id = inFlight.add("b");
        inFlight.replace(id, "tombstone");
        assertEquals("tombstone", inFlight.get(id));
        assertEquals("a", inFlight.takeHead());
        assertEquals("tombstone", inFlight.takeHead());
        assertNull(inFlight.get(id));
        assertThrows(IllegalStateException.class, () -> inFlight.replace(id, "late"));
    }

    @Test
    void failAllEmptiesInTheOrderOfSending() {
        InOrderInFlight<String> inFlight = new InOrderInFlight<>(10);
        inFlight.add("a");
        inFlight.add("b");
        assertEquals(2, inFlight.failAll(failed::add));
        assertEquals(List.of("a", "b"), failed);
        assertTrue(inFlight.isEmpty());
        assertEquals(0, inFlight.failAll(failed::add));
    }

    @Test
    void sinkOfFailAllMayAddWithoutEnd() {
        InOrderInFlight<String> inFlight = new InOrderInFlight<>(100);
        for (int i = 0; i < 16; i++) {
            inFlight.add("old"); // the array is full, so that the sink makes it grow
        }
        int count = inFlight.failAll(element -> {
            failed.add(element);
            inFlight.add("new");
            inFlight.add("new");
        });
        assertEquals(16, count);
        assertEquals(16, failed.size());
        assertEquals(32, inFlight.size());
        assertEquals("new", inFlight.head());
    }

    @Test
    void sinkOfFailAllMayTakeAndFailAll() {
        InOrderInFlight<String> inFlight = new InOrderInFlight<>(10);
        for (String element : List.of("a", "b", "c", "d")) {
            inFlight.add(element);
        }
        int count = inFlight.failAll(element -> {
            failed.add(element);
            if (element.equals("a")) {
                failed.add("taken " + inFlight.takeHead());
                inFlight.failAll(failed::add);
            }
        });
        assertEquals(1, count);
        assertEquals(List.of("a", "taken b", "c", "d"), failed);
    }

    @Test
    void agreesWithAModelOverRandomSteps() {
        long seed = new Random().nextLong();
        System.out.println("InOrderInFlightTest seed " + seed);
        Random random = new Random(seed);
        InOrderInFlight<Long> inFlight = new InOrderInFlight<>(100);
        ArrayDeque<Long> model = new ArrayDeque<>();
        long next = 0;
        for (int step = 0; step < 200_000; step++) {
            if (random.nextInt(100) < 50 + (step / 1000 % 2 * 10 - 5) && model.size() < 100) {
                assertEquals(next, inFlight.add(next), "seed " + seed);
                model.add(next++);
            } else {
                assertEquals(model.peek(), inFlight.head(), "seed " + seed);
                assertEquals(model.poll(), inFlight.take(inFlight.headId()), "seed " + seed);
            }
            assertEquals(model.size(), inFlight.size(), "seed " + seed);
            long probe = random.nextLong(next + 2);
            assertEquals(model.contains(probe) ? probe : null, inFlight.get(probe), "seed " + seed);
        }
    }
}
