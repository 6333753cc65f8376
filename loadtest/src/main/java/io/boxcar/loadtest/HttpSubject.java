package io.boxcar.loadtest;

import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** HTTP in the demo: GET requests with a token each, which an embedded origin echoes. Owned by one thread. */
final class HttpSubject implements DemoSubject {
    private static final long READY_TIMEOUT_MS = 20_000;
    private static final int CONTROL_TIMEOUT_MS = 5_000;

    private final Child child;
    private final Address.Tcp address;

    private HttpSubject(Child child, Address.Tcp address) {
        this.child = child;
        this.address = address;
    }

    /** Starts {@code mainClass origin http} and waits for its ready line. */
    static HttpSubject start(Children children, String mainClass, Address.Tcp address)
            throws IOException, InterruptedException {
        List<String> command = Sidecar.javaCommand();
        // One event loop: the machine is shared with the sidecar and the load.
        command.addAll(List.of(mainClass, "origin", "http", "--listen", address.toString(), "--workers", "1"));
        Child child = children.spawn("HTTP origin", command);
        try {
            child.awaitLine(line -> line.startsWith("http ready on "), READY_TIMEOUT_MS);
            return new HttpSubject(child, address);
        } catch (IOException | InterruptedException | RuntimeException e) {
            child.kill();
            throw e;
        }
    }

    @Override
    public Words words() {
        return new Words("HTTP origin", "request", "req");
    }

    @Override
    public Address.Tcp origin() {
        return address;
    }

    @Override
    public long pid() {
        return child.pid();
    }

    @Override
    public LoadResult load(Address.Tcp target, int connections, long measuredNs, LoadWatcher watcher)
            throws IOException {
        HttpLoadPlan plan = new HttpLoadPlan(
                target.host(), target.port(), connections, 0, WARMUP_NS, measuredNs, RESPONSE_LIMIT_NS);
        return HttpLoad.run(plan, new HttpRequests("GET", "/echo", 0, 0, true), watcher);
    }

    @Override
    public long connections() throws IOException {
        URI uri = URI.create("http://" + address + "/counters");
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        connection.setConnectTimeout(CONTROL_TIMEOUT_MS);
        connection.setReadTimeout(CONTROL_TIMEOUT_MS);
        try (InputStream body = connection.getInputStream()) {
            String json = new String(body.readAllBytes(), StandardCharsets.UTF_8);
            return ChallengeStats.number(json, "openConnections").longValue() - 1;
        } finally {
            connection.disconnect();
        }
    }

    @Override
    public void close() {
        child.close();
    }
}
