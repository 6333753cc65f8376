package io.boxcar.loadtest;

import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.util.List;

/** Redis in the demo: SET and GET on an embedded one. Owned by one thread. */
final class RedisSubject implements DemoSubject {
    private static final int VALUE_BYTES = 64;
    private static final int SET_PERCENT = 50;
    private static final int CONTROL_TIMEOUT_MS = 5_000;

    private final RedisOrigin origin;

    private RedisSubject(RedisOrigin origin) {
        this.origin = origin;
    }

    static RedisSubject start(Children children, Address.Tcp address) throws IOException {
        return new RedisSubject(RedisOrigin.start(children, address, List.of()));
    }

    @Override
    public Words words() {
        return new Words("Redis", "command", "cmd");
    }

    @Override
    public Address.Tcp origin() {
        return (Address.Tcp) origin.address();
    }

    @Override
    public long pid() {
        return origin.pid();
    }

    @Override
    public LoadResult load(Address.Tcp target, int connections, long measuredNs, LoadWatcher watcher)
            throws IOException {
        LoadPlan plan = new LoadPlan(
                target.host(),
                target.port(),
                connections,
                1,
                VALUE_BYTES,
                SET_PERCENT,
                WARMUP_NS,
                measuredNs,
                0,
                RESPONSE_LIMIT_NS);
        return RedisLoad.run(plan, watcher);
    }

    @Override
    public long connections() throws IOException {
        try (RespConnection control = RespConnection.open(origin.address(), CONTROL_TIMEOUT_MS)) {
            if (control.call("INFO", "clients") instanceof String info) {
                return info.lines()
                                .filter(line -> line.startsWith("connected_clients:"))
                                .mapToLong(line -> Long.parseLong(
                                        line.substring(line.indexOf(':') + 1).strip()))
                                .findFirst()
                                .orElse(1)
                        - 1;
            }
            throw new IOException("Redis did not answer INFO clients");
        }
    }

    @Override
    public void close() {
        origin.close();
    }
}
