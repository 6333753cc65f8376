package io.boxcar.loadtest.compare;

import io.boxcar.loadtest.Child;
import io.boxcar.loadtest.Children;
import io.boxcar.loadtest.Loopback;
import io.boxcar.loadtest.RedisOrigin;
import io.boxcar.loadtest.Sidecar;
import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The server behind all paths, as a process of its own. Owned by one thread.
 *
 * @param name what it is called in the report
 * @param version what it says about itself
 * @param configuration as it was started; a file, or a command line
 */
record UpstreamServer(
        String name, String version, Address.Tcp address, String configuration, long pid, Runnable closing)
        implements AutoCloseable {
    private static final long READY_TIMEOUT_MS = 20_000;

    static UpstreamServer start(Protocol protocol, Children children, Path folder, int files)
            throws IOException, InterruptedException {
        return switch (protocol) {
            case REDIS -> redis(children);
            case HTTP -> http(children, folder, files);
        };
    }

    private static UpstreamServer redis(Children children) throws IOException {
        List<String> options = List.of("--maxclients", "20000", "--tcp-backlog", "4096", "--loglevel", "warning");
        RedisOrigin redis = RedisOrigin.start(children, Loopback.port(0), options);
        String program = Programs.find("redis-server");
        return new UpstreamServer(
                "Redis",
                program == null ? "embedded redis-server" : Programs.firstLine(program, "--version"),
                (Address.Tcp) redis.address(),
                "redis-server --save \"\" --appendonly no " + String.join(" ", options),
                redis.pid(),
                redis::close);
    }

    private static UpstreamServer http(Children children, Path folder, int files)
            throws IOException, InterruptedException {
        Address.Tcp address = Loopback.freePort();
        String nginx = Programs.find("nginx");
        if (nginx == null) {
            return embedded(children, address);
        }
        Template template = new Template("nginx-origin.conf");
        String text = template.fill(Map.of(
                "listen", Integer.toString(address.port()),
                "folder", folder.toString(),
                "files", Integer.toString(files)));
        Child child = children.spawn("nginx as the server", Peer.nginx(nginx, template.write(folder, text)));
        Field.awaitListening("nginx as the server", child, address);
        return new UpstreamServer("nginx", Programs.firstLine(nginx, "-v"), address, text, child.pid(), child::close);
    }

    private static UpstreamServer embedded(Children children, Address.Tcp address)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(Sidecar.javaCommand());
        command.addAll(List.of(Sidecar.MAIN_CLASS, "origin", "http", "--listen", address.toString(), "--workers", "1"));
        Child child = children.spawn("HTTP origin", command);
        try {
            child.awaitLine(line -> line.startsWith("http ready on "), READY_TIMEOUT_MS);
        } catch (IOException | InterruptedException | RuntimeException e) {
            child.kill();
            throw e;
        }
        return new UpstreamServer(
                "boxcar origin http",
                "embedded, because there is no nginx on the PATH; its bodies are longer than 34 bytes",
                address,
                "boxcar origin http --workers 1",
                child.pid(),
                child::close);
    }

    Processes processes() {
        return Processes.of(pid);
    }

    @Override
    public void close() {
        closing.run();
    }
}
