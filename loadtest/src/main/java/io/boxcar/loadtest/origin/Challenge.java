package io.boxcar.loadtest.origin;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.Promise;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * What the workers of the challenge count together. Each counts for itself, without a lock or an atomic operation; who
 * wants a total asks each worker's event loop for what it has, and adds it up on its own:
 *
 * <pre>
 *   asker --- task ---> worker 1 --- its counts ---> asker
 *         --- task ---> worker 2 --- its counts ---> asker, answers when all have come
 * </pre>
 *
 * <p>The loops' task queues order the accesses, and a worker's counts are those between two events, never half of one.
 * An event that was acknowledged before the question is in the answer, because its worker had counted it by then.
 * The list of workers is complete before the first request; nothing else here is shared.
 */
final class Challenge {
    private final List<ChallengeTally> tallies = new ArrayList<>();

    /** For the worker on {@code loop}; to be called for each one before the origin listens. */
    ChallengeSite newSite(EventLoop loop) {
        ChallengeTally tally = new ChallengeTally(loop);
        tallies.add(tally);
        return new ChallengeSite(this, tally);
    }

    /** Asks all workers, on behalf of a request on {@code asker}; {@code reset} makes them start again from nothing. */
    Answer ask(EventLoop asker, boolean reset, Function<Round, Answer> answer) {
        assert asker.inEventLoop();
        Promise<Answer> promise = asker.newPromise();
        Round round = new Round();
        int asked = tallies.size();
        for (ChallengeTally tally : tallies) {
            tally.loop().execute(() -> {
                ChallengeTally.Counts counts = tally.counts();
                if (reset) {
                    tally.reset();
                }
                asker.execute(() -> {
                    round.add(counts);
                    if (round.answers == asked) {
                        promise.setSuccess(answer.apply(round));
                    }
                });
            });
        }
        return new Answer.Pending(promise);
    }

    /** The sum of the workers' counts. Owned by the event loop of the request that asked. */
    static final class Round {
        private final UserSet users = new UserSet();
        private final IdSet ids = new IdSet();
        private BigDecimal sum = BigDecimal.ZERO;
        private long events;
        private int answers;

        private void add(ChallengeTally.Counts counts) {
            answers++;
            events += counts.events();
            sum = sum.add(counts.sum());
            users.addAll(counts.users());
            ids.addAll(counts.ids());
        }

        Answer stats() {
            double average = events == 0 ? 0 : sum.doubleValue() / events;
            return Answer.json(
                    HttpResponseStatus.OK,
                    "{\"totalRequests\":" + events + ",\"uniqueUsers\":" + users.size() + ",\"sum\":" + plain(sum)
                            + ",\"avg\":" + plain(BigDecimal.valueOf(average)) + "}");
        }

        Answer ids() {
            return Answer.json(
                    HttpResponseStatus.OK, "{\"distinct\":" + ids.distinct() + ",\"repeated\":" + ids.repeated() + "}");
        }

        private static String plain(BigDecimal number) {
            return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
        }
    }
}
