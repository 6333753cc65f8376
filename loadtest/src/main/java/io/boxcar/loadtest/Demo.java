package io.boxcar.loadtest;

import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * The measurement of the demo: an embedded Redis, a sidecar in front of it, and the same load on either, by turns, so
 * that whatever else the machine does hits both. Owned by one thread.
 */
final class Demo implements AutoCloseable {
    private static final int ROUNDS = 3;
    private static final long PHASE_WARMUP_NS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long RESPONSE_LIMIT_NS = TimeUnit.SECONDS.toNanos(5);
    private static final int VALUE_BYTES = 64;
    private static final int SET_PERCENT = 50;

    private final Progress progress;
    private final int connections;
    private final long phaseNs;
    private final RedisOrigin origin;
    private final Sidecar sidecar;

    private Demo(Progress progress, int connections, long phaseNs, RedisOrigin origin, Sidecar sidecar) {
        this.progress = progress;
        this.connections = connections;
        this.phaseNs = phaseNs;
        this.origin = origin;
        this.sidecar = sidecar;
    }

    /** Starts Redis and the sidecar, as two of {@code children}. */
    static Demo start(
            Children children,
            Progress progress,
            int connections,
            long phaseNs,
            String sidecarMainClass,
            Address.Tcp originAddress,
            Address.Tcp sidecarAddress,
            Address.Tcp adminAddress)
            throws IOException, InterruptedException {
        progress.step("starting Redis on " + originAddress);
        RedisOrigin origin = RedisOrigin.start(children, originAddress, List.of());
        try {
            progress.step("starting the sidecar on " + sidecarAddress);
            Sidecar sidecar = Sidecar.start(children, sidecarMainClass, sidecarAddress, originAddress, adminAddress);
            return new Demo(progress, connections, phaseNs, origin, sidecar);
        } catch (IOException | InterruptedException | RuntimeException e) {
            origin.close();
            throw e;
        }
    }

    DemoReport measure() throws IOException {
        // Its JIT compiler needs a few seconds of traffic, Redis does not.
        progress.step("warming up the sidecar");
        phase(sidecar.listen(), true);
        List<PathFigures> direct = new ArrayList<>();
        List<PathFigures> boxcar = new ArrayList<>();
        for (int round = 1; round <= ROUNDS; round++) {
            String of = " (round " + round + " of " + ROUNDS + ")";
            progress.step(connections + " connections direct to Redis" + of);
            direct.add(phase((Address.Tcp) origin.address(), false));
            progress.step(connections + " connections through Boxcar" + of);
            boxcar.add(phase(sidecar.listen(), true));
        }
        progress.clear();
        return new DemoReport(
                connections,
                direct.stream().reduce(PathFigures::plus).orElseThrow(),
                boxcar.stream().reduce(PathFigures::plus).orElseThrow());
    }

    private PathFigures phase(Address.Tcp target, boolean throughSidecar) throws IOException {
        LoadPlan plan = new LoadPlan(
                target.host(),
                target.port(),
                connections,
                1,
                VALUE_BYTES,
                SET_PERCENT,
                PHASE_WARMUP_NS,
                phaseNs,
                0,
                RESPONSE_LIMIT_NS);
        try (RespConnection control = RespConnection.open(origin.address(), 5_000)) {
            Meter meter = new Meter(control, throughSidecar);
            LoadResult load = RedisLoad.run(plan, meter);
            if (!sidecar.isAlive()) {
                throw new IOException("the sidecar ended during the measurement" + sidecar.describeEnd());
            }
            return new PathFigures(
                    load,
                    meter.redisCpuNs,
                    meter.sidecarCpuNs,
                    meter.batches,
                    meter.batchedRequests,
                    meter.upstreamConnections);
        }
    }

    /** SIGTERM to the sidecar first, which drains, then to Redis. */
    @Override
    public void close() {
        sidecar.close();
        origin.close();
    }

    /** Reads the meters at both ends of a window. */
    private final class Meter implements LoadWatcher {
        private final RespConnection control;
        private final boolean throughSidecar;
        private long redisCpuNs;
        private long sidecarCpuNs;
        private double batches;
        private double batchedRequests;
        private long upstreamConnections;

        Meter(RespConnection control, boolean throughSidecar) {
            this.control = control;
            this.throughSidecar = throughSidecar;
        }

        @Override
        public void windowOpened() throws IOException {
            readBatches(-1);
            redisCpuNs = minus(ProcessCpu.nanos(origin.pid()), 0);
            sidecarCpuNs = throughSidecar ? minus(ProcessCpu.nanos(sidecar.pid()), 0) : 0;
        }

        @Override
        public void windowClosed() throws IOException {
            redisCpuNs = minus(ProcessCpu.nanos(origin.pid()), redisCpuNs);
            sidecarCpuNs = throughSidecar ? minus(ProcessCpu.nanos(sidecar.pid()), sidecarCpuNs) : 0;
            readBatches(1);
            // All but the one that asks. On the direct path the sidecar's idle one does not count either.
            upstreamConnections = throughSidecar ? connectedClients() - 1 : connections;
        }

        @Override
        public void progress(long responses) {
            progress.responses(responses, System.nanoTime());
        }

        private void readBatches(int sign) throws IOException {
            if (throughSidecar) {
                Sidecar.PrometheusText metrics = sidecar.metrics();
                batches += sign * metrics.sum("boxcar_batch_requests_count").orElse(0);
                batchedRequests +=
                        sign * metrics.sum("boxcar_batch_requests_sum").orElse(0);
            }
        }

        private long connectedClients() throws IOException {
            if (control.call("INFO", "clients") instanceof String info) {
                return info.lines()
                        .filter(line -> line.startsWith("connected_clients:"))
                        .mapToLong(line -> Long.parseLong(
                                line.substring(line.indexOf(':') + 1).strip()))
                        .findFirst()
                        .orElse(0);
            }
            throw new IOException("Redis did not answer INFO clients");
        }

        private static long minus(OptionalLong nowNs, long beforeNs) {
            return nowNs.isEmpty() || beforeNs < 0 ? -1 : nowNs.getAsLong() - beforeNs;
        }
    }
}
