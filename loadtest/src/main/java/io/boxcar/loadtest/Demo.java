package io.boxcar.loadtest;

import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * The measurement of the demo: an embedded origin for each protocol, one sidecar in front of all, and for each protocol the
 * same load on origin and sidecar, by turns, so that whatever else the machine does hits both. Owned by one thread.
 */
final class Demo implements AutoCloseable {
    private static final int ROUNDS = 3;

    /** Where everything listens. */
    record Addresses(
            Address.Tcp redisOrigin, Address.Tcp redis, Address.Tcp httpOrigin, Address.Tcp http, Address.Tcp admin) {}

    private final Progress progress;
    private final int connections;
    private final long phaseNs;
    private final Addresses addresses;
    private final DemoSubject redis;
    private final DemoSubject http;
    private final Sidecar sidecar;

    private Demo(
            Progress progress,
            int connections,
            long phaseNs,
            Addresses addresses,
            DemoSubject redis,
            DemoSubject http,
            Sidecar sidecar) {
        this.progress = progress;
        this.connections = connections;
        this.phaseNs = phaseNs;
        this.addresses = addresses;
        this.redis = redis;
        this.http = http;
        this.sidecar = sidecar;
    }

    /** Starts the origins and the sidecar, as three of {@code children}. */
    static Demo start(
            Children children,
            Progress progress,
            int connections,
            long phaseNs,
            String sidecarMainClass,
            Addresses addresses)
            throws IOException, InterruptedException {
        List<DemoSubject> started = new ArrayList<>();
        try {
            progress.step("starting Redis on " + addresses.redisOrigin());
            RedisSubject redis = RedisSubject.start(children, addresses.redisOrigin());
            started.add(redis);
            progress.step("starting an HTTP origin on " + addresses.httpOrigin());
            HttpSubject http = HttpSubject.start(children, Sidecar.MAIN_CLASS, addresses.httpOrigin());
            started.add(http);
            progress.step("starting the sidecar on " + addresses.redis() + " and " + addresses.http());
            List<Sidecar.Route> routes = List.of(
                    new Sidecar.Route("redis", addresses.redis(), addresses.redisOrigin()),
                    new Sidecar.Route("http", addresses.http(), addresses.httpOrigin()));
            Sidecar sidecar = Sidecar.start(children, sidecarMainClass, routes, addresses.admin());
            return new Demo(progress, connections, phaseNs, addresses, redis, http, sidecar);
        } catch (IOException | InterruptedException | RuntimeException e) {
            started.reversed().forEach(DemoSubject::close);
            throw e;
        }
    }

    DemoReport measureRedis() throws IOException {
        return measure(redis, addresses.redis());
    }

    DemoReport measureHttp() throws IOException {
        return measure(http, addresses.http());
    }

    private DemoReport measure(DemoSubject subject, Address.Tcp listen) throws IOException {
        String origin = subject.words().origin();
        // A JIT compiler needs a few seconds of traffic.
        progress.step("warming up the sidecar for " + origin);
        phase(subject, listen, true);
        List<PathFigures> direct = new ArrayList<>();
        List<PathFigures> boxcar = new ArrayList<>();
        for (int round = 1; round <= ROUNDS; round++) {
            String of = " (round " + round + " of " + ROUNDS + ")";
            progress.step(connections + " connections direct to " + origin + of);
            direct.add(phase(subject, subject.origin(), false));
            progress.step(connections + " connections to " + origin + " through Boxcar" + of);
            boxcar.add(phase(subject, listen, true));
        }
        progress.clear();
        return new DemoReport(
                subject.words(),
                connections,
                direct.stream().reduce(PathFigures::plus).orElseThrow(),
                boxcar.stream().reduce(PathFigures::plus).orElseThrow());
    }

    private PathFigures phase(DemoSubject subject, Address.Tcp target, boolean throughSidecar) throws IOException {
        Meter meter = new Meter(subject, throughSidecar);
        LoadResult load = subject.load(target, connections, phaseNs, meter);
        if (!sidecar.isAlive()) {
            throw new IOException("the sidecar ended during the measurement" + sidecar.describeEnd());
        }
        return new PathFigures(
                load,
                meter.originCpuNs,
                meter.sidecarCpuNs,
                meter.batches,
                meter.batchedRequests,
                meter.upstreamConnections);
    }

    /** SIGTERM to the sidecar first, which drains, then to the origins. */
    @Override
    public void close() {
        sidecar.close();
        http.close();
        redis.close();
    }

    /** Reads the meters at both ends of a window. */
    private final class Meter implements LoadWatcher {
        private final DemoSubject subject;
        private final boolean throughSidecar;
        private long originCpuNs;
        private long sidecarCpuNs;
        private double batches;
        private double batchedRequests;
        private long upstreamConnections;

        Meter(DemoSubject subject, boolean throughSidecar) {
            this.subject = subject;
            this.throughSidecar = throughSidecar;
        }

        @Override
        public void windowOpened() throws IOException {
            readBatches(-1);
            originCpuNs = minus(ProcessCpu.nanos(subject.pid()), 0);
            sidecarCpuNs = throughSidecar ? minus(ProcessCpu.nanos(sidecar.pid()), 0) : 0;
        }

        @Override
        public void windowClosed() throws IOException {
            originCpuNs = minus(ProcessCpu.nanos(subject.pid()), originCpuNs);
            sidecarCpuNs = throughSidecar ? minus(ProcessCpu.nanos(sidecar.pid()), sidecarCpuNs) : 0;
            readBatches(1);
            // On the direct path the sidecar's idle ones do not count.
            upstreamConnections = throughSidecar ? subject.connections() : connections;
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

        private static long minus(OptionalLong nowNs, long beforeNs) {
            return nowNs.isEmpty() || beforeNs < 0 ? -1 : nowNs.getAsLong() - beforeNs;
        }
    }
}
