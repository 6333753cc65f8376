package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.loadtest.origin.HttpOrigin;
import io.boxcar.proxy.config.Address;
import io.netty.buffer.ByteBuf;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code boxcar run --take-over}: a process takes the place of another under load. */
@Timeout(120)
@EnabledOnOs(value = OS.LINUX, disabledReason = "two processes share a port by SO_REUSEPORT of Linux")
final class TakeOverTest {
    private static final int TAKE_OVERS = 3;
    private static final int CLIENTS = 40;

    @TempDir
    Path dir = Path.of("");

    private final AtomicBoolean isOver = new AtomicBoolean();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong cutOff = new AtomicLong();

    @Test
    void noConnectionIsRefusedAndNoResponseIsLost() throws Exception {
        List<Integer> ports = freePorts(3);
        Path socket = dir.resolve("boxcar.sock");
        try (RedisOrigin redis = RedisOrigin.start();
                HttpOrigin http = HttpOrigin.start();
                ExecutorService threads = Executors.newCachedThreadPool()) {
            Path config = config(redis, http, ports, socket);
            Address tcp = new Address.Tcp("127.0.0.1", ports.get(0));
            Address unix = new Address.Unix(socket.toString());
            SidecarProcess serving = SidecarProcess.run(List.of("--config", config.toString()));
            try {
                serving.awaitReady();
                List<Future<?>> clients = new ArrayList<>();
                for (int i = 0; i < CLIENTS; i++) {
                    String key = "over:" + i;
                    Address address = i % 2 == 0 ? tcp : unix;
                    Callable<?> client = i < CLIENTS / 2 ? () -> comeAndGo(address, key) : () -> stay(tcp, key);
                    clients.add(threads.submit(client));
                }
                Future<LoadResult> web = threads.submit(() -> HttpLoad.run(
                        new HttpLoadPlan("127.0.0.1", ports.get(1), CLIENTS, 0, 0, 0, TimeUnit.SECONDS.toNanos(10)),
                        new UntilOver(new RepeatedRequest(
                                new HttpRequests("GET", "/echo", 0, 0, true), "127.0.0.1:" + ports.get(1))),
                        new LoadWatcher() {}));
                for (int i = 0; i < TAKE_OVERS; i++) {
                    long before = answered.get();
                    Eventually.isTrue("load", () -> {
                        for (Future<?> client : clients) {
                            assertTrue(client.state() == Future.State.RUNNING, () -> failureOf(client));
                        }
                        return answered.get() > before + 1000;
                    });
                    SidecarProcess replaced = serving;
                    serving = SidecarProcess.run(List.of("--config", config.toString(), "--take-over"));
                    assertEquals(0, replaced.exitStatus(), replaced::output);
                    assertTrue(replaced.output().contains("another Boxcar has taken over"), replaced::output);
                    assertTrue(serving.isAlive(), serving::output);
                }
                isOver.set(true);
                for (Future<?> client : clients) {
                    client.get(60, TimeUnit.SECONDS);
                }
                LoadResult result = web.get(60, TimeUnit.SECONDS);
                assertTrue(result.isClean(), result::describeTrouble);
                assertTrue(result.requests() > 1000, result::describe);
                System.out.printf(
                        "%d take-overs, %,d answered, %d connections ended between two responses%n",
                        TAKE_OVERS, answered.get(), cutOff.get());
            } finally {
                isOver.set(true);
                serving.close();
            }
        }
    }

    /** Ends a script when the test is over. */
    private final class UntilOver implements HttpScript {
        private final HttpScript script;

        UntilOver(HttpScript script) {
            this.script = script;
        }

        @Override
        public long write(ByteBuf out) {
            return isOver.get() ? NO_MORE : script.write(out);
        }

        @Override
        public boolean isHead() {
            return script.isHead();
        }

        @Override
        public Verdict judge(long number, HttpResponse response) {
            return script.judge(number, response);
        }
    }

    private Path config(RedisOrigin redis, HttpOrigin http, List<Integer> ports, Path socket) throws IOException {
        return Files.writeString(dir.resolve("boxcar.conf"), """
                boxcar {
                  loops = 2, admin.listen = "127.0.0.1:%d", shutdown { lame-duck = 500 ms, drain-timeout = 5 s }
                  listeners {
                    cache { protocol = redis, listen = "127.0.0.1:%d", upstream = redis }
                    local { protocol = redis, listen = "unix:%s", upstream = redis }
                    web { protocol = http, listen = "127.0.0.1:%d", upstream = http }
                  }
                  upstreams { redis.endpoints = ["%s"], http.endpoints = ["%s"] }
                }
                """.formatted(
                        ports.get(2), ports.get(0), socket, ports.get(1), redis.address(), http.address()));
    }

    private static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sockets.add(new ServerSocket(0));
        }
        List<Integer> ports = sockets.stream().map(ServerSocket::getLocalPort).toList();
        for (ServerSocket each : sockets) {
            each.close();
        }
        return ports;
    }

    private static String failureOf(Future<?> client) {
        StringWriter text = new StringWriter();
        client.exceptionNow().printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    /** A client that leaves before it is asked to: nothing at all may go wrong. */
    private long comeAndGo(Address address, String key) throws IOException {
        long count = 0;
        while (!isOver.get()) {
            try (Wire wire = Wire.open(address)) {
                for (int i = 0; i < 10; i++) {
                    count++;
                    assertEquals(":" + count + "\r\n", wire.ask("INCR", key));
                    answered.incrementAndGet();
                }
            }
        }
        return count;
    }

    /** A client that stays is closed between two responses; what it sends into that was not executed. */
    private long stay(Address address, String key) throws IOException {
        long count = 0;
        while (!isOver.get()) {
            try (Wire wire = Wire.open(address)) {
                assertEquals(":" + count + "\r\n", wire.ask("INCRBY", key, "0"), "as many as were answered");
                while (!isOver.get()) {
                    String reply = wire.ask("INCR", key);
                    count++;
                    assertEquals(":" + count + "\r\n", reply);
                    answered.incrementAndGet();
                }
            } catch (EOFException | SocketException e) {
                cutOff.incrementAndGet();
            }
        }
        return count;
    }
}
