package io.boxcar.batching;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** Races on the wake gate of {@link BatchRing}. Two actors each, so that two processors are enough to run them. */
final class WakeGateStress {
    private WakeGateStress() {}

    /** A producer offers while the consumer parks. r1: whether the consumer went to wait. r2: how often it was woken. */
    @JCStressTest
    @Outcome(id = "true, 1", expect = Expect.ACCEPTABLE, desc = "Parked, and woken once")
    @Outcome(id = "false, 0", expect = Expect.ACCEPTABLE, desc = "Saw the element, and drains again by itself")
    @Outcome(id = "false, 1", expect = Expect.ACCEPTABLE, desc = "Saw the element, and one superfluous wake")
    @Outcome(id = "true, 0", expect = Expect.FORBIDDEN, desc = "Parked with an element present, and nobody wakes it")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Woken more than once for one park")
    @State
    public static class OfferAgainstPark {
        private final AtomicInteger wakes = new AtomicInteger();
        private final BatchRing<String> ring = new BatchRing<>(2, wakes::incrementAndGet);

        public OfferAgainstPark() {
            // A ring begins parked: wake it up.
            ring.offer("first");
            ring.drain(1, element -> {});
            wakes.set(0);
        }

        @Actor
        public void producer() {
            ring.offer("element");
        }

        @Actor
        public void consumer(ZI_Result result) {
            result.r1 = ring.park();
        }

        @Arbiter
        public void arbiter(ZI_Result result) {
            result.r2 = wakes.get();
        }
    }

    /** Two producers offer while the consumer is parked. r1: how often it was woken. */
    @JCStressTest
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "One of the two wakes it")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Nobody, or both")
    @State
    public static class OfferAgainstOffer {
        private final AtomicInteger wakes = new AtomicInteger();
        private final BatchRing<String> ring = new BatchRing<>(2, wakes::incrementAndGet);

        @Actor
        public void oneProducer() {
            ring.offer("one");
        }

        @Actor
        public void otherProducer() {
            ring.offer("other");
        }

        @Arbiter
        public void arbiter(I_Result result) {
            result.r1 = wakes.get();
        }
    }
}
