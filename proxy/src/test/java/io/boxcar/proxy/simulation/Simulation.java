package io.boxcar.proxy.simulation;

import io.boxcar.metrics.FailureKind;
import io.boxcar.metrics.LaneMetrics;
import io.boxcar.metrics.ListenerMetrics;
import io.boxcar.proxy.core.InOrderService;
import io.boxcar.proxy.core.Listener;
import io.boxcar.proxy.core.LoopContext;
import io.boxcar.proxy.core.Probe;
import io.boxcar.proxy.core.Upstream;
import io.boxcar.proxy.redis.RedisProtocol;
import io.boxcar.proxy.simulation.Request.Outcome;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The whole proxy between simulated clients and a scripted upstream, on one thread, one seed.
 *
 * <pre>
 *   clients == wires == SimSocket: Boxcar on SimLoops :SimSocket == wires == RedisEnds
 *
 *   phase 1  everybody acts in random order, things go wrong
 *   phase 2  nothing goes wrong any more: everything outstanding must come to its end
 *   phase 3  everybody leaves: nothing may be left
 * </pre>
 */
final class Simulation {
    private static final int ROUNDS_TO_SETTLE = 3000;
    private static final long ROUND_NS = 10_000_000;

    private final RandomGenerator random;
    private final RandomGenerator interruptions;
    private final Scenario scenario;
    private final Trace trace;
    private final SimAllocator allocator;
    private final SimClock clock;
    private final List<SimLoop> loops = new ArrayList<>();
    private final List<LoopContext> contexts = new ArrayList<>();
    private final List<SimClient> clients = new ArrayList<>();
    private final ScriptedRedis redis;
    private final Listener listener;

    /** Decides when another configuration is taken on; null in most runs. A source of its own, so that the others run as ever. */
    private final @Nullable SplittableRandom reloads;

    private final List<CompletableFuture<Void>> retirements = new ArrayList<>();
    private RedisProtocol protocol;
    private Upstream upstream;
    private final List<LaneMetrics> lanes = new ArrayList<>();
    private final List<Integer> lossSteps = new ArrayList<>();
    private final List<Request> lostRequests = new ArrayList<>();
    private @Nullable CompletableFuture<Void> drained;
    private int drainStep = Integer.MAX_VALUE;
    private @Nullable SimLoop running;
    private boolean isInterrupted;
    private int step;
    private long losses;

    Simulation(long seed, boolean traced) {
        SplittableRandom source = new SplittableRandom(seed);
        this.scenario = Scenario.draw(source.split());
        this.random = source.split();
        this.trace = new Trace(traced);
        this.allocator = new SimAllocator(traced);
        this.clock = new SimClock(1 + source.nextLong(1L << 40), this::interrupt);
        this.interruptions = source.split();
        for (int i = 0; i < scenario.loops(); i++) {
            SimLoop loop = new SimLoop(clock, source.split());
            loops.add(loop);
            contexts.add(new LoopContext(loop, scenario.maxOutstanding(), scenario.maxUnsentBytes()));
        }
        this.redis = new ScriptedRedis(this, source.split());
        this.protocol = new RedisProtocol(scenario.upstream(), null);
        this.upstream = new Upstream(scenario.upstream(), protocol, redis);
        upstream.open(contexts, source.split(), lanes::add, this::isEnded);
        SplittableRandom own = new SplittableRandom(~seed);
        this.reloads = own.nextInt(4) == 0 ? own : null;
        this.listener = new Listener(scenario.listener(), new InOrderService(upstream), contexts);
        trace(scenario::toString);
    }

    // ---- what the others ask ----

    Scenario scenario() {
        return scenario;
    }

    SimAllocator allocator() {
        return allocator;
    }

    Trace trace() {
        return trace;
    }

    void trace(Supplier<String> line) {
        if (trace.isOn()) {
            trace.add(() -> step + " " + nowNs() / 1000 + "us " + line.get());
        }
    }

    int step() {
        return step;
    }

    long nowNs() {
        return clock.nowNs();
    }

    int drawCapacity() {
        return 64 << random.nextInt(12);
    }

    SimClient client(int number) {
        return clients.get(number);
    }

    boolean isDraining() {
        return drained != null;
    }

    int drainStep() {
        return drainStep;
    }

    void check(boolean holds, Supplier<String> otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise.get());
        }
    }

    void sawLost(Request request) {
        lostRequests.add(request);
    }

    // ---- the run ----

    void run() {
        while (step < scenario.steps()) {
            act();
            if (reloads != null && reloads.nextInt(50) == 0) {
                reload(reloads);
            }
        }
        trace(() -> "-- nothing goes wrong any more");
        redis.heal();
        settle();
        checkTheEnd();
        leave();
    }

    private void act() {
        step++;
        int dice = random.nextInt(100);
        if (dice < 40) {
            stepLoop(loops.get(random.nextInt(loops.size())));
        } else if (dice < 65) {
            actOfClient();
        } else if (dice < 88) {
            redis.step();
        } else if (scenario.drains() && dice == 99 && random.nextInt(4) == 0) {
            drain();
        } else {
            pass(drawNs());
        }
    }

    private void actOfClient() {
        int index = random.nextInt(scenario.clients());
        if (index < clients.size()) {
            clients.get(index).step(random);
        } else if (!isDraining()) {
            connect();
        }
    }

    private void connect() {
        int loopIndex = random.nextInt(loops.size());
        SimLoop loop = loops.get(loopIndex);
        SimSocket socket = new SimSocket(allocator, drawCapacity());
        socket.pipeline().addLast(listener.clientInitializer(loopIndex));
        loop.register(socket);
        loop.add(socket);
        clients.add(new SimClient(this, clients.size(), loopIndex, socket, random));
    }

    private long drawNs() {
        return switch (random.nextInt(scenario.calm() ? 4 : 7)) {
            case 0 -> random.nextInt(1_000);
            case 1, 2 -> random.nextInt(100_000);
            case 3, 4 -> random.nextInt(1_000_000);
            case 5 -> random.nextInt(20_000_000);
            default -> random.nextInt(random.nextInt(4) == 0 ? 300_000_000 : 60_000_000);
        };
    }

    private void pass(long ns) {
        clock.pass(ns);
    }

    private void drain() {
        if (drained == null) {
            trace(() -> "drain");
            drainStep = step;
            drained = listener.drain();
        }
    }

    /** The listener goes over to an upstream that is new, with the same nodes behind it. */
    private void reload(SplittableRandom source) {
        trace(() -> "reload");
        Upstream before = upstream;
        protocol = new RedisProtocol(scenario.upstream(), protocol);
        upstream = new Upstream(scenario.upstream(), protocol, redis);
        upstream.open(contexts, source.split(), lanes::add, this::isEnded);
        CompletableFuture<Void> moved = listener.reconfigure(scenario.listener(), new InOrderService(upstream));
        retirements.add(moved.thenCompose(done -> before.retire()));
    }

    private void isEnded(LaneMetrics metrics) {
        check(metrics.inFlight.get() == 0, () -> "a lane has ended with " + metrics.inFlight.get() + " in flight");
    }

    void stepLoop(SimLoop loop) {
        running = loop;
        loop.step();
        running = null;
        for (SimClient client : clients) {
            client.noteDecoded();
        }
        checkBounds();
    }

    /** Another loop runs in the middle of the running one, as if it had a thread of its own. */
    private void interrupt() {
        SimLoop interrupted = running;
        if (interrupted == null || isInterrupted || loops.size() == 1 || interruptions.nextInt(8) != 0) {
            return;
        }
        SimLoop other = loops.get(interruptions.nextInt(loops.size()));
        if (other != interrupted) {
            isInterrupted = true;
            interrupted.pause(true);
            other.step();
            interrupted.pause(false);
            isInterrupted = false;
        }
    }

    /** Every actor in turn, and time passes, until all is quiet. */
    private void settle() {
        for (int round = 0; round < ROUNDS_TO_SETTLE; round++) {
            step++;
            loops.forEach(this::stepLoop);
            redis.stepAll();
            loops.forEach(this::stepLoop);
            clients.forEach(SimClient::finish);
            if (round == ROUNDS_TO_SETTLE / 2) {
                for (SimClient client : clients) {
                    check(!client.awaits(Request.Kind.CONTROL), () -> "client " + client.number + " got no control");
                }
            }
            if (round > ROUNDS_TO_SETTLE / 2) {
                clients.forEach(SimClient::leaveIfServed); // what they keep borrowed is what others wait for
            }
            boolean quiet =
                    outstanding() == 0 && inFlight() == 0 && clients.stream().allMatch(SimClient::hasAllAnswers);
            if (quiet && (drained == null || drained.isDone())) {
                return;
            }
            pass(round % 4 == 0 ? ROUND_NS : 100_000);
        }
    }

    // ---- what must hold ----

    private int outstanding() {
        return contexts.stream().mapToInt(Probe::outstanding).sum();
    }

    private long inFlight() {
        return lanes.stream().mapToLong(lane -> lane.inFlight.get()).sum();
    }

    private void checkBounds() {
        for (LoopContext context : contexts) {
            int outstanding = Probe.outstanding(context);
            check(
                    outstanding >= 0 && outstanding <= scenario.maxOutstanding(),
                    () -> outstanding + " exchanges are out, of " + scenario.maxOutstanding());
        }
        long lost = 0;
        for (LaneMetrics metrics : lanes) {
            lost += metrics.lost.get();
            check(
                    metrics.inFlight.get() <= scenario.upstream().limits().maxInFlight(),
                    () -> metrics.inFlight.get() + " are in flight");
            check(
                    metrics.ringFill.get()
                            <= 2L * scenario.upstream().batching().ringSize()
                                    + scenario.upstream().limits().maxInFlight(),
                    () -> metrics.ringFill.get() + " are waiting");
        }
        if (lost > losses) {
            losses = lost;
            lossSteps.add(step);
        }
        long maxOutputBytes = scenario.listener().limits().maxOutputBytes();
        for (SimClient client : clients) {
            long unsentBytes = client.socket().unsentBytes();
            check(unsentBytes <= maxOutputBytes, () -> unsentBytes + " bytes wait for client " + client.number);
        }
    }

    private void checkTheEnd() {
        for (SimClient client : clients) {
            check(
                    client.hasAllAnswers(),
                    () -> "client " + client.number + " waits for ever for "
                            + client.requests().stream()
                                    .filter(request -> request.outcome == Outcome.NONE)
                                    .findFirst());
        }
        check(outstanding() == 0, () -> outstanding() + " exchanges never came back");
        check(inFlight() == 0, () -> inFlight() + " requests are in flight for ever");
        check(drained == null || drained.isDone(), () -> "the drain never ends");
        if (!scenario.isCluster()) { // what is on its way to other nodes is not stopped by a loss
            lostRequests.forEach(this::checkGap);
        }
        checkMetrics();
    }

    /** Requests that Boxcar had taken before the loss of an earlier one of their client must not be executed after it. */
    private void checkGap(Request lost) {
        int lossStep = lossSteps.stream()
                .filter(candidate -> candidate >= lost.askedStep)
                .findFirst()
                .orElse(0);
        for (Request later : lost.client
                .requests()
                .subList(lost.number + 1, lost.client.requests().size())) {
            check(
                    later.receivedStep >= lossStep
                            || later.executor == lost.executor && later.outcome != Outcome.ANSWERED
                            || later.executorOpenedStep <= lossStep && later.outcome != Outcome.ANSWERED
                            || later.kind == Request.Kind.LOCAL
                            || later.kind == Request.Kind.STATE
                            || lost.kind == Request.Kind.STATE && later.inMulti
                            || later.kind == Request.Kind.FATAL,
                    () -> later + " received at " + later.receivedStep + " was executed after the loss of " + lost
                            + " asked at " + lost.askedStep + " and lost not before " + lossStep);
        }
    }

    private void checkMetrics() {
        long requests = 0;
        long responses = 0;
        long accepted = 0;
        long closed = 0;
        long errors = 0;
        for (ListenerMetrics metrics : listener.metrics()) {
            requests += metrics.requests.get();
            responses += metrics.responses.get();
            accepted += metrics.clientsAccepted.get();
            closed += metrics.clientsClosed.get();
            errors += Arrays.stream(FailureKind.values())
                    .mapToLong(kind -> metrics.errors(kind).get())
                    .sum();
        }
        long open = accepted - closed;
        check(open == listener.clients(), () -> open + " clients are open, or " + listener.clients());
        if (clients.stream().allMatch(SimClient::wasServedToTheEnd)) {
            long asked = clients.stream()
                    .mapToLong(client -> client.requests().size())
                    .sum();
            long failed = clients.stream()
                    .flatMap(client -> client.requests().stream())
                    .filter(request -> request.outcome != Outcome.ANSWERED && request.outcome != Outcome.REDIRECTED)
                    .count();
            String counted = requests + " requests, " + responses + " responses, " + errors + " errors";
            check(
                    requests == asked && responses == asked && errors == failed,
                    () -> counted + " are counted, but there were " + asked + " and " + failed + " errors");
        }
    }

    private void leave() {
        trace(() -> "-- everybody leaves");
        if (random.nextBoolean()) {
            clients.forEach(SimClient::leave);
        }
        drain();
        settle();
        boolean clientsGone = drained != null && drained.isDone();
        retirements.add(upstream.drain());
        CompletableFuture<Void> lanesGone = CompletableFuture.allOf(retirements.toArray(CompletableFuture[]::new));
        for (int round = 0; round < 200 && !(lanesGone.isDone() && clientsGone && allocator.live() == 0); round++) {
            loops.forEach(this::stepLoop);
            redis.stepAll();
            pass(ROUND_NS);
        }
        check(
                clientsGone && lanesGone.isDone(),
                () -> "the drain of " + (clientsGone ? "the lanes" : "the clients") + " never ends");
        check(outstanding() == 0, () -> outstanding() + " exchanges never came back");
        check(listener.clients() == 0, () -> listener.clients() + " clients are still counted");
        allocator.origins().forEach(Throwable::printStackTrace);
        check(allocator.live() == 0, () -> allocator.live() + " buffers are not released");
    }
}
