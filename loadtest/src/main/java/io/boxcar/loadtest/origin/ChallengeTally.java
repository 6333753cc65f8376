package io.boxcar.loadtest.origin;

import io.netty.channel.EventLoop;
import java.math.BigDecimal;

/** The events that one worker has counted. Owned by the worker's event loop. */
final class ChallengeTally {
    /**
     * A copy of the counts between two events.
     *
     * @param sum of the values, exact
     */
    record Counts(long events, BigDecimal sum, UserSet users, IdSet ids) {}

    private final EventLoop loop;
    private UserSet users = new UserSet();
    private IdSet ids = new IdSet();
    private long events;
    // Apart, so that neither can overflow: a value has at most EventReader.MAX_VALUE ones.
    private long sumOnes;
    private long sumFractions;

    ChallengeTally(EventLoop loop) {
        this.loop = loop;
    }

    EventLoop loop() {
        return loop;
    }

    /** Counts the event that {@code event} has read last; {@code id} is -1 if it has none. */
    void count(EventReader event, long id) {
        assert loop.inEventLoop();
        events++;
        sumOnes += event.value() / EventReader.FRACTIONS;
        sumFractions += event.value() % EventReader.FRACTIONS;
        users.add(event.userId(), event.userIdBytes());
        if (id >= 0) {
            ids.add(id);
        }
    }

    Counts counts() {
        assert loop.inEventLoop();
        BigDecimal sum = BigDecimal.valueOf(sumOnes)
                .add(BigDecimal.valueOf(sumFractions).divide(BigDecimal.valueOf(EventReader.FRACTIONS)));
        return new Counts(events, sum, users.copy(), ids.copy());
    }

    void reset() {
        assert loop.inEventLoop();
        users = new UserSet();
        ids = new IdSet();
        events = 0;
        sumOnes = 0;
        sumFractions = 0;
    }
}
