package io.boxcar.proxy.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HostWatchTest {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    /** A lookup that the test answers. */
    private static final class StubLookup implements HostLookup {
        private final EventLoop loop;
        private final List<Promise<Answer>> asked = new ArrayList<>();
        private boolean closed;

        StubLookup(EventLoop loop) {
            this.loop = loop;
        }

        @Override
        public Future<Answer> lookUp() {
            assertTrue(asked.stream().allMatch(Future::isDone), "one lookup at a time");
            Promise<Answer> promise = loop.newPromise();
            asked.add(promise);
            return promise;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final StubLookup lookup = new StubLookup(channel.eventLoop());
    private final List<String> heard = new ArrayList<>();
    private final AddressListener listener = new AddressListener() {
        @Override
        public void changed(List<InetAddress> addresses) {
            heard.add(String.join(
                    " ", addresses.stream().map(InetAddress::getHostAddress).toList()));
        }

        @Override
        public void failed(String reason) {
            heard.add("failed: " + reason);
        }
    };
    private final HostWatch watch = new HostWatch(channel.eventLoop(), lookup, SECOND, 30 * SECOND, listener);

    @BeforeEach
    void start() {
        channel.freezeTime();
        watch.start();
        channel.runPendingTasks();
    }

    @Test
    void looksUpAtOnceAndAgainWhenTheTtlIsOver() {
        answer(10 * SECOND, "10.0.0.1");
        assertEquals(List.of("10.0.0.1"), heard);
        passes(10 * SECOND - 1);
        assertEquals(1, lookup.asked.size());
        passes(1);
        assertEquals(2, lookup.asked.size());
        answer(10 * SECOND, "10.0.0.2", "10.0.0.1");
        assertEquals(List.of("10.0.0.1", "10.0.0.1 10.0.0.2"), heard);
    }

    @Test
    void theTtlIsKeptWithinBounds() {
        answer(0, "10.0.0.1");
        passes(SECOND - 1);
        assertEquals(1, lookup.asked.size());
        passes(1);
        assertEquals(2, lookup.asked.size());
        answer(Long.MAX_VALUE, "10.0.0.1");
        passes(30 * SECOND - 1);
        assertEquals(2, lookup.asked.size());
        passes(1);
        assertEquals(3, lookup.asked.size());
    }

    @Test
    void aChangedOrderOrARepetitionIsNoNews() {
        answer(0, "10.0.0.1", "10.0.0.200", "10.0.0.3");
        passes(SECOND);
        answer(0, "10.0.0.3", "10.0.0.1", "10.0.0.3", "10.0.0.200");
        assertEquals(List.of("10.0.0.1 10.0.0.3 10.0.0.200"), heard);
    }

    @Test
    void ipv6CountsOnlyWhereThereIsNoIpv4() {
        answer(0, "fd00::1", "10.0.0.1");
        passes(SECOND);
        answer(0, "fd00::2", "fd00::1");
        assertEquals(List.of("10.0.0.1", "fd00:0:0:0:0:0:0:1 fd00:0:0:0:0:0:0:2"), heard);
    }

    @Test
    void aFailureKeepsWhatIsKnownAndIsFollowedByRarerAndRarerLookups() {
        answer(0, "10.0.0.1");
        passes(SECOND);
        for (long delayS : new long[] {1, 2, 4, 8, 16, 30, 30}) {
            fail("nobody answers");
            int asked = lookup.asked.size();
            passes(delayS * SECOND - 1);
            assertEquals(asked, lookup.asked.size(), delayS + " s");
            passes(1);
            assertEquals(asked + 1, lookup.asked.size(), delayS + " s");
        }
        answer(0, "10.0.0.1");
        assertEquals("10.0.0.1", heard.getFirst());
        assertEquals(7, heard.stream().filter("failed: nobody answers"::equals).count());
        assertEquals(8, heard.size(), "the same address again is no news");
        passes(SECOND);
        fail("once more");
        int asked = lookup.asked.size();
        passes(SECOND);
        assertEquals(asked + 1, lookup.asked.size(), "a success makes the next retry early again");
    }

    @Test
    void anAnswerWithoutAddressesIsAFailure() {
        answer(0);
        assertEquals(List.of("failed: it has no address"), heard);
    }

    @Test
    void afterCloseNothingHappensAnyMore() {
        answer(0, "10.0.0.1");
        watch.close();
        watch.close();
        channel.runPendingTasks();
        passes(100 * SECOND);
        assertEquals(1, lookup.asked.size());
        assertTrue(lookup.closed);
    }

    @Test
    void anAnswerThatComesAfterCloseIsNotHeard() {
        watch.close();
        channel.runPendingTasks();
        answer(0, "10.0.0.1");
        passes(100 * SECOND);
        assertEquals(List.of(), heard);
        assertEquals(1, lookup.asked.size());
    }

    private void passes(long ns) {
        channel.advanceTimeBy(ns, TimeUnit.NANOSECONDS);
        channel.runScheduledPendingTasks();
    }

    private void answer(long ttlNs, String... addresses) {
        List<InetAddress> list = new ArrayList<>();
        for (String address : addresses) {
            try {
                list.add(InetAddress.getByAddress(NetUtil.createByteArrayFromIpAddressString(address)));
            } catch (UnknownHostException e) {
                throw new AssertionError(e);
            }
        }
        lookup.asked.getLast().setSuccess(new HostLookup.Answer(list, ttlNs));
        channel.runPendingTasks();
    }

    private void fail(String reason) {
        lookup.asked.getLast().setFailure(new UnknownHostException(reason));
        channel.runPendingTasks();
    }
}
