package io.boxcar.proxy.http1;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.boxcar.proxy.Boxcar;
import io.boxcar.proxy.CannotServe;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.ConfigLoader;
import io.boxcar.proxy.config.InvalidConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Garbage per HTTP/1.1 request on its whole way: 64 client sockets, Boxcar, an origin, all in this JVM; clients and origin
 * make none. The time is that of all three together.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
        value = 1,
        jvmArgsAppend = {
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-XX:+UseCompactObjectHeaders",
            "-Dio.netty.allocator.lowMemory=false",
            "-Dio.netty.leakDetection.level=disabled"
        })
@State(Scope.Benchmark)
public class HttpPathBenchmark {
    private static final int CLIENTS = 64;
    private static final byte[] REQUEST =
            ("GET /path?query=1 HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: benchmark\r\n"
                            + "Accept: */*\r\nConnection: keep-alive\r\n\r\n")
                    .getBytes(US_ASCII);
    private static final byte[] RESPONSE = ("HTTP/1.1 200 OK\r\nServer: origin\r\nContent-Type: text/plain\r\n"
                    + "Content-Length: 33\r\nConnection: keep-alive\r\n\r\nhello world, this is a small body")
            .getBytes(US_ASCII);

    private final SocketChannel[] clients = new SocketChannel[CLIENTS];
    private final ByteBuffer request =
            ByteBuffer.allocateDirect(REQUEST.length).put(REQUEST).flip();
    private final ByteBuffer response = ByteBuffer.allocateDirect(4096);
    private @Nullable ServerSocketChannel origin;
    private @Nullable Boxcar boxcar;

    @Setup
    public void start() throws IOException, CannotServe, InvalidConfig {
        ServerSocketChannel server =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        origin = server;
        Thread.ofPlatform().daemon().start(() -> serve(server));
        ConfigLoader loader = new ConfigLoader(Set.of("http"));
        loader.listener("http", "127.0.0.1:0=127.0.0.1:" + server.socket().getLocalPort());
        loader.set("loops=1").set("admin.listen=off").set("upstreams.http.http.mode=pipeline");
        Boxcar started = Boxcar.start(loader.load());
        boxcar = started;
        int port = ((Address.Tcp) started.address("http")).port();
        for (int i = 0; i < CLIENTS; i++) {
            clients[i] = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            clients[i].setOption(StandardSocketOptions.TCP_NODELAY, true);
        }
    }

    private static void serve(ServerSocketChannel origin) {
        try {
            while (true) {
                SocketChannel accepted = origin.accept();
                accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
                Thread.ofPlatform().daemon().start(() -> answer(accepted));
            }
        } catch (IOException e) {
            // The end of the benchmark.
        }
    }

    /** One response for each empty line. */
    private static void answer(SocketChannel client) {
        ByteBuffer in = ByteBuffer.allocateDirect(64 * 1024);
        ByteBuffer out = ByteBuffer.allocateDirect(1024 * 1024);
        int matched = 0;
        try {
            while (client.read(in.clear()) >= 0) {
                in.flip();
                out.clear();
                while (in.hasRemaining()) {
                    byte next = in.get();
                    matched = next == (matched % 2 == 0 ? '\r' : '\n') ? matched + 1 : next == '\r' ? 1 : 0;
                    if (matched == 4) {
                        matched = 0;
                        out.put(RESPONSE);
                    }
                }
                out.flip();
                while (out.hasRemaining()) {
                    client.write(out);
                }
            }
        } catch (IOException e) {
            // The end of the benchmark.
        }
    }

    @TearDown
    public void stop() throws IOException {
        for (SocketChannel client : clients) {
            client.close();
        }
        if (boxcar != null) {
            boxcar.close();
        }
        if (origin != null) {
            origin.close();
        }
    }

    @Benchmark
    @OperationsPerInvocation(CLIENTS)
    public void oneRequestOfEachClient() {
        try {
            for (SocketChannel client : clients) {
                client.write(request.rewind());
            }
            for (SocketChannel client : clients) {
                response.clear();
                do {
                    client.read(response);
                } while (response.get(response.position() - 1) != 'y'); // the body's last letter
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void main(String[] args) throws RunnerException {
        new Runner(new OptionsBuilder()
                        .include(HttpPathBenchmark.class.getSimpleName())
                        .addProfiler(GCProfiler.class)
                        .build())
                .run();
    }
}
