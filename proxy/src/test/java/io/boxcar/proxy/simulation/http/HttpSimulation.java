package io.boxcar.proxy.simulation.http;

import io.boxcar.metrics.BoxcarMetrics;
import io.boxcar.metrics.ListenerMetrics;
import io.boxcar.proxy.core.Client;
import io.boxcar.proxy.core.Listener;
import io.boxcar.proxy.core.LoopContext;
import io.boxcar.proxy.http.HttpClients;
import io.boxcar.proxy.http.HttpConnection;
import io.boxcar.proxy.http.HttpConnections;
import io.boxcar.proxy.http.HttpExchange;
import io.boxcar.proxy.http.HttpLane;
import io.boxcar.proxy.http.HttpLoop;
import io.boxcar.proxy.http.HttpProbe;
import io.boxcar.proxy.http.HttpService;
import io.boxcar.proxy.http.HttpUpstream;
import io.boxcar.proxy.http1.Http1Client;
import io.boxcar.proxy.http1.Http1Connection;
import io.boxcar.proxy.simulation.SimAllocator;
import io.boxcar.proxy.simulation.SimClock;
import io.boxcar.proxy.simulation.SimLoop;
import io.boxcar.proxy.simulation.SimSocket;
import io.boxcar.proxy.simulation.Trace;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The whole HTTP proxy between simulated clients and scripted origins, on one thread, one seed.
 *
 * <pre>
 *   clients == wires == SimSocket: Boxcar on SimLoops :SimSocket == wires == OriginEnds
 *
 *   phase 1  everybody acts in random order, things go wrong
 *   phase 2  nothing new goes wrong any more: everything outstanding must come to its end
 *   phase 3  everybody leaves: nothing may be left
 * </pre>
 */
final class HttpSimulation {
    private static final int ROUNDS_TO_SETTLE = 12_000;
    private static final long ROUND_NS = 10_000_000;

    /** For each client, exchange and upstream connection: what may be on its way, what was read with it, and buffers half full. */
    private static final long MAX_BYTES_EACH = 4 * (HttpExchange.PAUSE_BYTES + 128 * 1024);

    private final RandomGenerator random;
    private final RandomGenerator interruptions;
    private final HttpScenario scenario;
    private final Trace trace;
    private final SimAllocator allocator;
    private final SimClock clock;
    private final List<SimLoop> loops = new ArrayList<>();
    private final Map<LoopContext, HttpLoop> httpLoops = new LinkedHashMap<>();
    private final List<HttpSimClient> clients = new ArrayList<>();
    private final Map<String, SimRequest> requests = new HashMap<>();
    private final Map<String, Answer> answers = new HashMap<>();
    private final ScriptedOrigin origins;
    private final Listener listener;

    /** Decides when another configuration is taken on; null in most runs. A source of its own, so that the others run as ever. */
    private final @Nullable SplittableRandom reloads;

    private final List<CompletableFuture<Void>> retirements = new ArrayList<>();

    /** All that there have been; the last one serves. */
    private final List<HttpUpstream> upstreams = new ArrayList<>();

    private @Nullable CompletableFuture<Void> drained;
    private @Nullable SimLoop running;
    private boolean isInterrupted;
    private int step;

    HttpSimulation(long seed, boolean traced) {
        SplittableRandom source = new SplittableRandom(seed);
        this.scenario = HttpScenario.draw(source.split());
        this.random = source.split();
        this.trace = new Trace(traced);
        this.allocator = new SimAllocator(traced);
        this.clock = new SimClock(1 + source.nextLong(1L << 40), this::interrupt);
        this.interruptions = source.split();
        List<LoopContext> contexts = new ArrayList<>();
        for (int i = 0; i < scenario.loops(); i++) {
            SimLoop loop = new SimLoop(clock, source.split());
            LoopContext context = new LoopContext(loop, 16, 1 << 24);
            loops.add(loop);
            contexts.add(context);
            httpLoops.put(context, new HttpLoop(context, scenario.maxOutstanding(), source.split()));
        }
        this.origins = new ScriptedOrigin(this, source.split());
        this.listener = new Listener(scenario.listener(), newService(source.split()), contexts);
        SplittableRandom own = new SplittableRandom(~seed);
        this.reloads = own.nextInt(4) == 0 ? own : null;
        trace(scenario::toString);
    }

    /** With an upstream that is new, and has the same origins behind it. */
    private HttpService newService(RandomGenerator source) {
        HttpUpstream upstream = new HttpUpstream(scenario.upstream(), origins, new Wires(), source);
        upstream.open(httpLoops, new BoxcarMetrics("simulated"), (loop, host, minNs, maxNs, changed) -> {
            throw new UnsupportedOperationException("the endpoints are addresses");
        });
        upstreams.add(upstream);
        return new HttpService(scenario.listener().http(), new Wires(), httpLoops, upstream, List.of());
    }

    private static final class Wires implements HttpConnections, HttpClients {
        @Override
        public HttpConnection http1(HttpLane lane) {
            return new Http1Connection(lane);
        }

        @Override
        public HttpConnection http2(HttpLane lane, boolean isProbe) {
            throw new UnsupportedOperationException("the origins speak HTTP/1.1");
        }

        @Override
        public Client http1(HttpService service, Listener listener, HttpLoop loop, ListenerMetrics metrics) {
            return new Http1Client(service, listener, loop, metrics);
        }

        @Override
        public Client http2(HttpService service, Listener listener, HttpLoop loop, ListenerMetrics metrics) {
            throw new UnsupportedOperationException("the clients speak HTTP/1.1");
        }
    }

    // ---- what the others ask ----

    HttpScenario scenario() {
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

    long nowNs() {
        return clock.nowNs();
    }

    int drawCapacity() {
        return scenario.isLarge() ? 4096 << random.nextInt(6) : 64 << random.nextInt(12);
    }

    void add(SimRequest request) {
        requests.put(request.token, request);
    }

    @Nullable
    SimRequest request(String token) {
        return requests.get(token);
    }

    void add(Answer answer) {
        answers.put(answer.id, answer);
    }

    @Nullable
    Answer answer(String id) {
        return answers.get(id);
    }

    /** Whether Boxcar has read all of its head. */
    boolean wasRead(SimRequest request) {
        return clients.get(request.client).socket().delivered >= request.headEndOffset;
    }

    boolean wasReadToTheEnd(SimRequest request) {
        return clients.get(request.client).socket().delivered >= request.endOffset;
    }

    boolean isDraining() {
        return drained != null;
    }

    void check(boolean holds, Supplier<String> otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise.get());
        }
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
        origins.heal();
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
            origins.step();
        } else if (scenario.drains() && dice == 99 && random.nextInt(4) == 0) {
            drain();
        } else {
            clock.pass(drawNs());
        }
    }

    private void actOfClient() {
        int index = random.nextInt(scenario.clients());
        if (index >= clients.size()) {
            connect();
        } else if (clients.get(index).isOver() && random.nextInt(4) == 0) {
            connect();
        } else {
            clients.get(index).step(random);
        }
    }

    private void connect() {
        if (isDraining() || clients.size() == 4 * scenario.clients()) {
            return;
        }
        int loopIndex = random.nextInt(loops.size());
        SimLoop loop = loops.get(loopIndex);
        SimSocket socket = new SimSocket(allocator, drawCapacity());
        socket.pipeline().addLast(listener.clientInitializer(loopIndex));
        loop.register(socket);
        loop.add(socket);
        clients.add(new HttpSimClient(this, clients.size(), socket, random));
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

    private void reload(SplittableRandom source) {
        trace(() -> "reload");
        HttpUpstream before = upstreams.getLast();
        CompletableFuture<Void> moved = listener.reconfigure(scenario.listener(), newService(source.split()));
        retirements.add(moved.thenCompose(done -> before.retire()));
    }

    private void drain() {
        if (drained == null) {
            trace(() -> "drain");
            drained = listener.drain();
        }
    }

    void stepLoop(SimLoop loop) {
        running = loop;
        loop.step();
        running = null;
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
            origins.stepAll();
            loops.forEach(this::stepLoop);
            clients.forEach(HttpSimClient::finish);
            boolean quiet = outstanding() == 0 && clients.stream().allMatch(HttpSimClient::isQuiet);
            if (quiet && (drained == null || drained.isDone())) {
                return;
            }
            clock.pass(round % 4 == 0 ? ROUND_NS : 100_000);
        }
    }

    // ---- what must hold ----

    private int outstanding() {
        int sum = 0;
        for (HttpLoop loop : httpLoops.values()) {
            sum += loop.outstanding();
        }
        return sum;
    }

    private void checkBounds() {
        for (HttpLoop loop : httpLoops.values()) {
            int outstanding = loop.outstanding();
            check(
                    outstanding >= 0 && outstanding <= scenario.maxOutstanding(),
                    () -> outstanding + " exchanges are out, of " + scenario.maxOutstanding());
        }
        long open = clients.stream().filter(client -> client.socket().isOpen()).count();
        long most = MAX_BYTES_EACH * (1 + open + outstanding() + origins.connections());
        check(
                allocator.liveBytes() <= most,
                () -> allocator.liveBytes() + " bytes are held for " + open + " clients and " + outstanding()
                        + " exchanges");
    }

    private void checkTheEnd() {
        for (HttpSimClient client : clients) {
            check(client.isQuiet(), client::state);
        }
        check(outstanding() == 0, () -> outstanding() + " exchanges never came back");
        checkAccounts();
        check(drained == null || drained.isDone(), () -> "the drain never ends");
    }

    private void checkAccounts() {
        for (HttpUpstream upstream : upstreams) {
            int inFlight = HttpProbe.inFlight(upstream);
            check(inFlight == 0, () -> inFlight + " requests are in flight for ever");
            int retries = HttpProbe.activeRetries(upstream);
            check(retries == 0, () -> retries + " retries are not given back to the budget");
        }
    }

    private void leave() {
        trace(() -> "-- everybody leaves");
        if (random.nextBoolean()) {
            clients.forEach(HttpSimClient::leave);
        }
        drain();
        settle();
        boolean clientsGone = drained != null && drained.isDone();
        retirements.add(upstreams.getLast().drain());
        CompletableFuture<Void> lanesGone = CompletableFuture.allOf(retirements.toArray(CompletableFuture[]::new));
        for (int round = 0;
                round < 400 && !(lanesGone.isDone() && clientsGone && allocator.live() == 0 && origins.open() == 0);
                round++) {
            loops.forEach(this::stepLoop);
            origins.stepAll();
            clock.pass(ROUND_NS);
        }
        check(
                clientsGone && lanesGone.isDone(),
                () -> "the drain of " + (clientsGone ? "the lanes" : "the clients") + " never ends");
        check(outstanding() == 0, () -> outstanding() + " exchanges never came back");
        checkAccounts();
        check(origins.open() == 0, () -> origins.open() + " connections to origins are open after the drain");
        check(listener.clients() == 0, () -> listener.clients() + " clients are still counted");
        allocator.origins().forEach(Throwable::printStackTrace);
        check(allocator.live() == 0, () -> allocator.live() + " buffers are not released");
    }
}
