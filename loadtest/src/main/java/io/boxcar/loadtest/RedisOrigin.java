package io.boxcar.loadtest;

import io.boxcar.proxy.config.Address;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import redis.embedded.core.ExecutableProvider;

/**
 * A real Redis server as a child process: the {@code redis-server} on the PATH, else the binary that embedded-redis
 * carries. It keeps nothing on disk unless told to. Owned by one thread; the process never outlives the JVM.
 */
public final class RedisOrigin implements AutoCloseable {
    private static final long READY_TIMEOUT_MS = 10_000;
    private static final int FREE_PORT_ATTEMPTS = 3;

    private final Children children;
    private final Address address;
    private final List<String> command;
    private Child server;

    private RedisOrigin(Children children, Address address, List<String> command, Child server) {
        this.children = children;
        this.address = address;
        this.command = command;
        this.server = server;
    }

    /** Starts one in memory on a free port of 127.0.0.1 and waits until it answers. */
    public static RedisOrigin start() throws IOException {
        return start(new Children(), Loopback.port(0), List.of());
    }

    /** Like {@link #start()}, but every command is on disk, in {@code directory}, before it is answered. */
    public static RedisOrigin startDurable(Path directory) throws IOException {
        return start(
                new Children(),
                Loopback.port(0),
                List.of("--dir", directory.toString(), "--appendonly", "yes", "--appendfsync", "always"));
    }

    /** Starts one in memory that listens on a Unix socket only. */
    public static RedisOrigin startOnUnixSocket(Path socket) throws IOException {
        return start(new Children(), new Address.Unix(socket.toString()), List.of());
    }

    /**
     * Starts one at {@code address}, where port 0 means any free one; its process is one of {@code children}.
     *
     * @throws IOException when there is no Redis that starts; says which ones were tried, and why they did not
     */
    public static RedisOrigin start(Children children, Address address, List<String> moreArguments) throws IOException {
        if (!(address instanceof Address.Tcp(String host, int port)) || port != 0) {
            return startAt(children, address, moreArguments);
        }
        for (int attempt = 1; ; attempt++) {
            try {
                return startAt(
                        children, new Address.Tcp(host, Loopback.freePort().port()), moreArguments);
            } catch (IOException e) {
                if (attempt == FREE_PORT_ATTEMPTS) {
                    throw e; // otherwise somebody may have been faster to take the port
                }
            }
        }
    }

    private static RedisOrigin startAt(Children children, Address address, List<String> moreArguments)
            throws IOException {
        List<String> reasons = new ArrayList<>();
        String onPath = findOnPath();
        if (onPath != null) {
            try {
                return startWith(onPath, children, address, moreArguments);
            } catch (IOException e) {
                reasons.add(onPath + ": " + e.getMessage());
            }
        } else {
            reasons.add("redis-server: not on the PATH");
        }
        try {
            return startWith(extractEmbedded(), children, address, moreArguments);
        } catch (IOException | RuntimeException e) {
            reasons.add("the one in embedded-redis: " + e.getMessage());
        }
        throw new IOException("no Redis server could be started on " + address + "\n  " + String.join("\n  ", reasons)
                + "\nInstall redis-server, or free the address.");
    }

    private static RedisOrigin startWith(String binary, Children children, Address address, List<String> moreArguments)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(binary, "--save", "", "--appendonly", "no"));
        switch (address) {
            // Who listens on another address than the loopback asked for it, and has no password to offer.
            case Address.Tcp(String host, int port) ->
                command.addAll(List.of("--bind", host, "--port", Integer.toString(port), "--protected-mode", "no"));
            case Address.Unix(String path) -> command.addAll(List.of("--port", "0", "--unixsocket", path));
        }
        command.addAll(moreArguments);
        return new RedisOrigin(children, address, command, launch(children, address, command));
    }

    private static Child launch(Children children, Address address, List<String> command) throws IOException {
        Child server = children.spawn("redis-server", command);
        try {
            awaitAnswer(server, address);
            return server;
        } catch (IOException | RuntimeException e) {
            server.kill();
            throw e;
        }
    }

    private static void awaitAnswer(Child server, Address address) throws IOException {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(READY_TIMEOUT_MS);
        while (true) {
            boolean answers = answers(server, address);
            if (!server.isAlive()) {
                throw new IOException("it ended at once" + server.describeEnd());
            }
            if (answers) {
                return;
            }
            if (System.nanoTime() - deadlineNs > 0) {
                throw new IOException("it did not answer within " + READY_TIMEOUT_MS + " ms" + server.describeEnd());
            }
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while waiting for redis-server", e);
            }
        }
    }

    /** Whether it is this server, not another one at the same address, that serves. */
    private static boolean answers(Child server, Address address) {
        try (RespConnection connection = RespConnection.open(address, 1_000)) {
            return "PONG".equals(connection.call("PING")) // an error while it still loads its file
                    && connection.call("INFO", "server") instanceof String info
                    && info.lines().anyMatch(("process_id:" + server.pid())::equals);
        } catch (IOException e) {
            return false;
        }
    }

    private static @Nullable String findOnPath() {
        String path = System.getenv("PATH");
        for (String directory : path == null ? new String[0] : path.split(File.pathSeparator, -1)) {
            Path candidate = Path.of(directory, "redis-server");
            if (!directory.isEmpty() && Files.isExecutable(candidate)) {
                return candidate.toString();
            }
        }
        return null;
    }

    private static String extractEmbedded() throws IOException {
        return ExecutableProvider.newJarResourceProvider().get().getPath();
    }

    /** Where it listens. */
    public Address address() {
        return address;
    }

    /** The TCP port on 127.0.0.1. */
    public int port() {
        if (address instanceof Address.Tcp tcp) {
            return tcp.port();
        }
        throw new IllegalStateException("listens on " + address + ", which has no port");
    }

    /** Process ID of the server that runs now; another one after each {@link #restart}. */
    public long pid() {
        return server.pid();
    }

    /** SIGKILL, as a crash would; returns when the process is gone. */
    public void kill() {
        server.kill();
    }

    /** Kills the server if it runs, starts it again on the same address and waits until it answers. */
    public void restart() throws IOException {
        server.kill();
        server = launch(children, address, command);
    }

    @Override
    public void close() {
        server.kill();
    }
}
