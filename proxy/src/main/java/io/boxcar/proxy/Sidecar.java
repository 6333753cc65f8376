package io.boxcar.proxy;

import io.boxcar.proxy.admin.AdminServer;
import io.boxcar.proxy.admin.DrainDirection;
import io.boxcar.proxy.admin.Readiness;
import io.boxcar.proxy.admin.ReloadResult;
import io.boxcar.proxy.config.AdminConfig;
import io.boxcar.proxy.config.BoxcarConfig;
import io.boxcar.proxy.config.InvalidConfig;
import io.boxcar.proxy.log.LogLevels;
import io.boxcar.proxy.log.Logs;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import sun.misc.Signal;

/**
 * What {@code boxcar run} does: serves until a signal or {@code POST /drain}, then drains. Meanwhile it takes on other configurations.
 *
 * <pre>
 *   SIGTERM, SIGINT, POST /drain, /quit  --+
 *   SIGHUP, POST /reload                 --+--> orders --> the main thread, one after the other
 *   the file has changed                 --'
 * </pre>
 */
final class Sidecar implements Runner, AdminServer.Source {
    private static final System.Logger LOG = System.getLogger(Sidecar.class.getName());

    /** As a shell reports a process that SIGINT ended. */
    private static final int INTERRUPTED = 130;

    private static final int MAX_ATTEMPTS = 100;
    private static final long ATTEMPT_MS = 50;
    private static final long RELOAD_SECONDS = 60;
    private static final long HEAP_LOOK_NS = TimeUnit.SECONDS.toNanos(5);

    /** What the main thread is told. */
    private sealed interface Order {
        record Stop() implements Order {}

        record HandOver(CompletableFuture<Void> done) implements Order {}

        record Reload(String why, CompletableFuture<ReloadResult> done) implements Order {}
    }

    private final BlockingQueue<Order> orders = new LinkedBlockingQueue<>();
    private final AtomicBoolean isStopping = new AtomicBoolean();
    private volatile @Nullable Boxcar boxcar;
    private volatile String effectiveConfig = "";

    /** What the last attempt to reload left to be known: that it failed, or that something needs a restart. */
    private volatile List<String> notes = List.of();

    private final LogLevels levels = new LogLevels();

    @Override
    public int run(ConfigSource source, boolean takesOver, PrintWriter out, PrintWriter err)
            throws InterruptedException, InvalidConfig {
        BoxcarConfig config = source.load();
        effectiveConfig = config.toHocon();
        Logs.setUp(config.log(), levels);
        Signal.handle(new Signal("TERM"), this::onSignal);
        Signal.handle(new Signal("INT"), this::onSignal);
        Signal.handle(new Signal("HUP"), signal -> orders.add(reloadBecause("SIGHUP")));
        try (Boxcar started = Boxcar.start(config, takesOver);
                Admin admin = new Admin(started)) {
            boxcar = started;
            if (takesOver) {
                Predecessor.of(config).replaceBy(started);
            }
            admin.start(config.admin(), takesOver);
            err.println("boxcar: " + started.loopCount() + " event loop" + (started.loopCount() == 1 ? "" : "s")
                    + " on " + started.transport() + admin);
            err.flush();
            out.println("boxcar ready in " + ProcessAge.millis() + " ms: " + started.routes());
            out.flush();
            String shortage = MemoryLimit.ofThisContainer()
                    .shortage(Runtime.getRuntime().maxMemory(), PlatformDependent.maxDirectMemory());
            if (shortage != null) {
                LOG.log(Level.WARNING, shortage);
            }
            String withoutCache = AotCache.ofThisProcess().obstacle();
            if (withoutCache != null) {
                LOG.log(
                        Level.WARNING,
                        "running without AOT cache, which takes more time to start and more memory: {0}",
                        withoutCache);
            }
            obey(source, started, admin);
            int cutOff = started.drain();
            if (cutOff > 0) {
                err.println("boxcar: drained; " + cutOff + " clients were still busy after "
                        + started.config().shutdown().drainTimeoutNs() / 1_000_000
                        + " ms (shutdown.drain-timeout) and were cut off");
            }
            return Main.OK;
        } catch (CannotServe | IOException e) {
            err.println("boxcar: " + e.getMessage());
            return Main.CANNOT_SERVE;
        }
    }

    // ---- orders ----

    private void obey(ConfigSource source, Boxcar running, Admin admin) throws InterruptedException {
        Path file = source.file();
        FileWatch watch = file == null ? null : new FileWatch(file);
        HeapGarbage garbage = HeapGarbage.ofThisJvm();
        while (true) {
            long watchNs = watch == null ? 0 : running.config().watchNs();
            boolean isWatching = watchNs > 0 && watchNs < HEAP_LOOK_NS;
            Order order = orders.poll(isWatching ? watchNs : HEAP_LOOK_NS, TimeUnit.NANOSECONDS);
            switch (order) {
                case Order.Stop stop -> {
                    return;
                }
                case Order.HandOver handOver -> {
                    running.handOver();
                    handOver.done.complete(null);
                    admin.close(); // the successor has the same address
                    LOG.log(Level.INFO, "another Boxcar has taken over; this one drains");
                    return;
                }
                case Order.Reload reload -> reload.done.complete(reload(source, running, reload.why));
                case null -> {
                    garbage.look();
                    if (watch != null && watchNs > 0 && watch.hasChanged()) {
                        reload(source, running, file + " has changed");
                    }
                }
            }
        }
    }

    private ReloadResult reload(ConfigSource source, Boxcar running, String why) {
        try {
            BoxcarConfig next = source.load();
            Reloaded reloaded = running.reload(next);
            effectiveConfig = next.toHocon();
            Logs.setUp(next.log(), levels);
            running.metrics().lifecycle().reloadSucceeded(Instant.now().getEpochSecond());
            List<String> worthKnowing = new ArrayList<>(running.reloadCertificates());
            reloaded.needsRestart()
                    .forEach(key -> worthKnowing.add(
                            "boxcar." + key + " has changed in the configuration; it takes a restart"));
            notes = List.copyOf(worthKnowing);
            LOG.log(Level.INFO, "configuration reloaded ({0}): {1}", why, reloaded);
            return new ReloadResult.Applied(reloaded.applied(), reloaded.needsRestart());
        } catch (InvalidConfig e) {
            return refused(running, why, e.problems());
        } catch (CannotServe e) {
            return refused(running, why, List.of(String.valueOf(e.getMessage())));
        }
    }

    private ReloadResult refused(Boxcar running, String why, List<String> problems) {
        running.metrics().lifecycle().reloadFailed();
        notes = problems.stream()
                .map(problem -> "the last reload failed, nothing has changed: " + problem)
                .toList();
        LOG.log(
                Level.ERROR,
                "configuration not reloaded ({0}), nothing has changed: {1}",
                why,
                String.join("; ", problems));
        return new ReloadResult.Refused(problems);
    }

    private static Order.Reload reloadBecause(String why) {
        return new Order.Reload(why, new CompletableFuture<>());
    }

    /** The first signal drains, the second ends at once. */
    private void onSignal(Signal signal) {
        if (isStopping.getAndSet(true)) {
            Runtime.getRuntime().halt(INTERRUPTED);
        }
        orders.add(new Order.Stop());
    }

    // ---- the admin server ----

    /** Open or not. Owned by the main thread. */
    private final class Admin implements AutoCloseable {
        private final Boxcar running;
        private @Nullable AdminServer server;

        Admin(Boxcar running) {
            this.running = running;
        }

        /** @param waits whether another process is about to leave the address */
        void start(@Nullable AdminConfig config, boolean waits) throws IOException, InterruptedException {
            if (config == null) {
                return;
            }
            for (int attempt = 1; server == null; attempt++) {
                try {
                    server = AdminServer.start(config, running.metrics(), Sidecar.this, levels);
                } catch (IOException e) {
                    if (!waits || attempt == MAX_ATTEMPTS) {
                        throw e;
                    }
                    TimeUnit.MILLISECONDS.sleep(ATTEMPT_MS);
                }
            }
        }

        @Override
        public void close() {
            if (server != null) {
                server.close();
                server = null;
            }
        }

        @Override
        public String toString() {
            return server == null ? "" : ", admin on " + server.url();
        }
    }

    @Override
    public boolean live() {
        return true;
    }

    @Override
    public Readiness ready() {
        Boxcar running = boxcar;
        List<String> obstacles = running == null ? List.of("starting") : running.obstacles();
        return new Readiness(obstacles.isEmpty(), obstacles, notes);
    }

    @Override
    public String effectiveConfig() {
        return effectiveConfig;
    }

    @Override
    public void drain(DrainDirection direction) {
        switch (direction) {
            case ALL -> quit();
            case INBOUND -> drainInbound();
        }
    }

    @Override
    public void quit() {
        isStopping.set(true);
        orders.add(new Order.Stop());
    }

    private void drainInbound() {
        Boxcar running = boxcar;
        if (running != null) {
            Thread.ofVirtual().name("boxcar-drain").start(() -> {
                try {
                    running.drainInbound();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
    }

    @Override
    public ReloadResult reload() {
        Order.Reload order = reloadBecause("POST /reload");
        orders.add(order);
        return order.done
                .completeOnTimeout(
                        new ReloadResult.Refused(List.of("Boxcar is ending, and takes no configuration any more")),
                        RELOAD_SECONDS,
                        TimeUnit.SECONDS)
                .join();
    }

    @Override
    public void handOver() {
        Order.HandOver order = new Order.HandOver(new CompletableFuture<>());
        orders.add(order);
        order.done.join();
    }
}
