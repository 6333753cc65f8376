package io.boxcar.proxy.redis;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The redis-server on the PATH, on a free port of the loopback interface, without persistence. */
final class RedisServer implements AutoCloseable {
    private final Process process;
    private final Path directory;
    private final int port;

    private RedisServer(Process process, Path directory, int port) {
        this.process = process;
        this.directory = directory;
        this.port = port;
    }

    /** Skips the calling test, with a message, where there is none. */
    static RedisServer start(String... moreArguments) throws IOException, InterruptedException {
        assumeTrue(isInstalled("redis-server"), "no redis-server on the PATH: nothing to compare with");
        int port = freePort();
        Path directory = Files.createTempDirectory("redis-for-test");
        List<String> command = new ArrayList<>(List.of("redis-server", "--bind", "127.0.0.1", "--port", "" + port));
        command.addAll(List.of("--save", "", "--dir", directory.toString()));
        command.addAll(List.of(moreArguments));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        RedisServer server = new RedisServer(process, directory, port);
        for (int attempt = 0; process.isAlive() && attempt < 100; attempt++) {
            try (Socket socket = server.connect()) {
                return server;
            } catch (IOException e) {
                process.waitFor(50, TimeUnit.MILLISECONDS);
            }
        }
        server.close();
        throw new IOException("redis-server does not accept connections on port " + port);
    }

    static boolean isInstalled(String program) {
        String path = System.getenv().getOrDefault("PATH", "");
        return Arrays.stream(path.split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    int port() {
        return port;
    }

    Socket connect() throws IOException {
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
        socket.setTcpNoDelay(true);
        return socket;
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.deleteIfExists(directory);
    }
}
