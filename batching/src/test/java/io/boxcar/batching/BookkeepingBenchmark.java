package io.boxcar.batching;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a lane and a client look up and write down for each request, one thing at a time. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class BookkeepingBenchmark {
    private static final int WAITING = 64;
    private static final Answerable ANSWERED = () -> true;

    private final DeparturePolicy policy = new DeparturePolicy(DeparturePolicy.Mode.BALANCED, 512, 64 * 1024, 300_000);
    private final MovingAverage average = new MovingAverage(4);
    private final ActivityWindow activity = new ActivityWindow(1_000_000);
    private final DeadlineQueue deadlines = new DeadlineQueue();
    private final ResponseWindow<Answerable> window = new ResponseWindow<>(1_024);
    private long nowNs;
    private int queued;
    private int counted;

    @Setup
    public void fill() {
        for (int i = 0; i < WAITING; i++) {
            deadlines.add(i, i);
            window.add(ANSWERED);
        }
        nowNs = WAITING;
    }

    /** With a queue that grows from decision to decision, so that each line of the rule has its turn. */
    @Benchmark
    public @Nullable DepartureReason departurePolicy() {
        queued = queued >= 600 ? 1 : queued + 1;
        return policy.decide(queued, queued * 100, queued & 127, 500, queued >> 1, queued * 1_000L, 200_000);
    }

    @Benchmark
    public long movingAverage() {
        average.record(nowNs++);
        return average.value();
    }

    /** A client in a turn of its own; epochs last a hundred of them. */
    @Benchmark
    public int activityWindow() {
        nowNs += 10_000;
        int epoch = activity.epoch(nowNs);
        if (epoch != counted) {
            counted = epoch;
            activity.countOne();
        }
        return activity.active();
    }

    @Benchmark
    public long deadlineQueue() {
        long id = nowNs++;
        deadlines.add(id, id);
        deadlines.removeThrough(id - WAITING);
        return deadlines.nextDeadlineNs();
    }

    @Benchmark
    public @Nullable Answerable responseWindow() {
        window.add(ANSWERED);
        return window.pollAnswered();
    }
}
