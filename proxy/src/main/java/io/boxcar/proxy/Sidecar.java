package io.boxcar.proxy;

import io.boxcar.proxy.admin.AdminServer;
import io.boxcar.proxy.admin.DrainDirection;
import io.boxcar.proxy.admin.Readiness;
import io.boxcar.proxy.admin.ReloadResult;
import io.boxcar.proxy.config.AdminConfig;
import io.boxcar.proxy.config.BoxcarConfig;
import io.boxcar.proxy.log.LogLevels;
import io.boxcar.proxy.log.Logs;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import sun.misc.Signal;

/** What {@code boxcar run} does: serves until a signal or {@code POST /drain}, then drains. */
final class Sidecar implements Runner, AdminServer.Source {
    /** As a shell reports a process that SIGINT ended. */
    private static final int INTERRUPTED = 130;

    private final CountDownLatch stop = new CountDownLatch(1);
    private volatile @Nullable Boxcar boxcar;
    private volatile String effectiveConfig = "";

    @Override
    public int run(BoxcarConfig config, PrintWriter out, PrintWriter err) throws InterruptedException {
        effectiveConfig = config.toHocon();
        LogLevels levels = Logs.setUp(config.log());
        Signal.handle(new Signal("TERM"), this::onSignal);
        Signal.handle(new Signal("INT"), this::onSignal);
        try (Boxcar started = Boxcar.start(config);
                AdminServer admin = startAdmin(config.admin(), started, levels)) {
            boxcar = started;
            err.println("boxcar: " + started.loopCount() + " event loop" + (started.loopCount() == 1 ? "" : "s")
                    + " on " + started.transport()
                    + (admin == null ? "" : ", admin on " + admin.url()));
            err.flush();
            long uptimeMs = ManagementFactory.getRuntimeMXBean().getUptime();
            out.println("boxcar ready in " + uptimeMs + " ms: " + started.routes());
            out.flush();
            stop.await();
            int cutOff = started.drain();
            if (cutOff > 0) {
                err.println("boxcar: drained; " + cutOff + " clients were still busy after "
                        + config.drainTimeoutNs() / 1_000_000 + " ms (shutdown.drain-timeout) and were cut off");
            }
            return Main.OK;
        } catch (CannotServe | IOException e) {
            err.println("boxcar: " + e.getMessage());
            return Main.CANNOT_SERVE;
        }
    }

    private @Nullable AdminServer startAdmin(@Nullable AdminConfig admin, Boxcar started, LogLevels levels)
            throws IOException {
        return admin == null ? null : AdminServer.start(admin, started.metrics(), this, levels);
    }

    /** The first signal drains, the second ends at once. */
    private void onSignal(Signal signal) {
        if (stop.getCount() == 0) {
            Runtime.getRuntime().halt(INTERRUPTED);
        }
        stop.countDown();
    }

    @Override
    public boolean live() {
        return true;
    }

    @Override
    public Readiness ready() {
        Boxcar running = boxcar;
        List<String> obstacles = running == null ? List.of("starting") : running.obstacles();
        return new Readiness(obstacles.isEmpty(), obstacles);
    }

    @Override
    public String effectiveConfig() {
        return effectiveConfig;
    }

    @Override
    public ReloadResult reload() {
        return new ReloadResult.Refused(List.of("this version cannot reload; restart it"));
    }

    @Override
    public void drain(DrainDirection direction) {
        if (direction == DrainDirection.ALL) {
            stop.countDown();
        }
        // No listener has the direction inbound.
    }

    @Override
    public void handOver() {
        throw new IllegalStateException("this version cannot hand over; drain it, and start the other one then");
    }

    @Override
    public void quit() {
        stop.countDown();
    }
}
