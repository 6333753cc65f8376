package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.loadtest.origin.HttpOrigin;
import io.boxcar.proxy.Boxcar;
import io.boxcar.proxy.CannotServe;
import io.boxcar.proxy.Reloaded;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.BoxcarConfig;
import io.boxcar.proxy.config.ConfigLoader;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Another configuration while requests are under way. */
@Timeout(120)
final class ReloadTest {
    private static final int RELOADS = 100;
    private static final int REDIS_CLIENTS = 100;
    private static final int HTTP_CLIENTS = 50;
    private static final int LOOPS = 2;

    @TempDir
    Path dir = Path.of("");

    private RedisOrigin redis;
    private HttpOrigin http;

    @BeforeEach
    void start() throws Exception {
        redis = RedisOrigin.start();
        http = HttpOrigin.start();
    }

    @AfterEach
    void stop() {
        redis.close();
        http.close();
    }

    private BoxcarConfig config(String text) throws Exception {
        Path file = dir.resolve("boxcar.conf");
        Files.writeString(
                file,
                "boxcar { loops = " + LOOPS + ", admin.listen = off, shutdown.drain-timeout = 2 s\n" + text + "\n}");
        return new ConfigLoader(Set.of("redis", "http")).file(file).load();
    }

    private String redisUpstream(String name, String settings) {
        return "upstreams." + name + " { endpoints = [\"" + redis.address() + "\"], " + settings + " }\n";
    }

    private String httpUpstream(String name, String settings) {
        return "upstreams." + name + " { endpoints = [\"" + http.address() + "\"], " + settings + " }\n";
    }

    private static String listener(String name, String protocol, int port, String upstream, String settings) {
        return "listeners." + name + " { protocol = " + protocol + ", listen = \"127.0.0.1:" + port + "\", upstream = "
                + upstream + ", " + settings + " }\n";
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** Same front, anything else behind it. */
    private String drawn(SplittableRandom random, int redisPort, int httpPort, int otherPort) {
        String redisName = random.nextBoolean() ? "redis-a" : "redis-b";
        String httpName = random.nextBoolean() ? "http-a" : "http-b";
        String batching = "batching { mode = "
                + List.of("latency", "balanced", "throughput").get(random.nextInt(3)) + ", max-requests = "
                + (1 + random.nextInt(512)) + ", linger = " + random.nextInt(300) + " us }";
        String http1 = "http { mode = "
                + List.of("auto", "keepalive", "pipeline", "h2").get(random.nextInt(4)) + ", connections = "
                + (1 + random.nextInt(4)) + " }";
        StringBuilder text = new StringBuilder()
                .append(listener(
                        "cache",
                        "redis",
                        redisPort,
                        redisName,
                        "limits.pipeline = " + (64 + random.nextInt(1000)) + ", backlog = "
                                + (random.nextInt(4) == 0 ? 512 : 1024)))
                .append(listener("web", "http", httpPort, httpName, "http.limits.requests = 0"))
                .append(redisUpstream(redisName, batching + ", connections = " + (1 + random.nextInt(3))))
                .append(httpUpstream(httpName, http1));
        if (random.nextBoolean()) {
            String protocol = random.nextBoolean() ? "redis" : "http";
            String upstream = protocol.equals("redis") ? redisName : httpName;
            text.append(listener("other", protocol, otherPort, upstream, ""));
        }
        return text.toString();
    }

    @Test
    void aHundredTimesUnderLoadAndNoRequestFails() throws Exception {
        SplittableRandom random = new SplittableRandom(5);
        int redisPort = freePort();
        int httpPort = freePort();
        int otherPort = freePort();
        AtomicBoolean isOver = new AtomicBoolean();
        int reloads = 0;
        try (Boxcar boxcar = Boxcar.start(config(drawn(random, redisPort, httpPort, otherPort)));
                ExecutorService threads = Executors.newCachedThreadPool()) {
            List<Future<Long>> clients = new ArrayList<>();
            for (int i = 0; i < REDIS_CLIENTS; i++) {
                String key = "reload:" + i;
                boolean stays = i % 4 != 0;
                clients.add(threads.submit(() -> countRedis(redisPort, key, stays, isOver)));
            }
            HttpLoadPlan plan = new HttpLoadPlan(
                    "127.0.0.1",
                    httpPort,
                    HTTP_CLIENTS,
                    0,
                    0,
                    TimeUnit.MILLISECONDS.toNanos(RELOADS * 60),
                    TimeUnit.SECONDS.toNanos(10));
            Future<LoadResult> load = threads.submit(
                    () -> HttpLoad.run(plan, new HttpRequests("GET", "/echo", 0, 0, true), new LoadWatcher() {}));
            for (; reloads < RELOADS; reloads++) {
                long beganNs = System.nanoTime();
                boxcar.reload(config(drawn(random, redisPort, httpPort, otherPort)));
                long tookNs = System.nanoTime() - beganNs;
                assertTrue(tookNs < TimeUnit.SECONDS.toNanos(5), () -> "a reload took " + tookNs / 1_000_000 + " ms");
            }
            LoadResult result = load.get(60, TimeUnit.SECONDS);
            isOver.set(true);
            long requests = 0;
            for (Future<Long> client : clients) {
                requests += client.get(60, TimeUnit.SECONDS);
            }
            System.out.printf(
                    "%d reloads: %,d requests to Redis, %,d over HTTP, no error%n",
                    reloads, requests, result.requests());
            assertTrue(result.isClean(), result::describeTrouble);
            assertTrue(requests > RELOADS && result.requests() > RELOADS);
            Eventually.isTrue("old upstreams have gone", () -> upstreams(boxcar).size() == 2);
        }
    }

    private static List<?> upstreams(Boxcar boxcar) {
        return boxcar.metrics().stats().get("upstreams") instanceof List<?> all ? all : List.of();
    }

    /** A client that counts along, and now and then comes anew; how many requests were answered. */
    private static long countRedis(int port, String key, boolean stays, AtomicBoolean isOver) throws IOException {
        long count = 0;
        while (!isOver.get()) {
            try (Wire wire = Wire.open(new Address.Tcp("127.0.0.1", port))) {
                assertEquals("+OK\r\n", wire.ask("SELECT", "3"));
                assertEquals("+OK\r\n", wire.ask("CLIENT", "SETNAME", key));
                for (int i = 0; i < 500 && !isOver.get() || stays && !isOver.get(); i++) {
                    wire.send("INCR", key);
                    wire.send("GET", key);
                    count++;
                    assertEquals(":" + count + "\r\n", wire.reply());
                    assertEquals(Wire.bulk(Long.toString(count)), wire.reply());
                }
                assertEquals(Wire.bulk(key), wire.ask("CLIENT", "GETNAME"));
            }
        }
        return count;
    }

    @Test
    void aSubscriberStaysWhereItIsUntilItHasNoSubscriptionAndThenMoves() throws Exception {
        String front = listener("cache", "redis", 0, "main", "");
        try (RedisOrigin second = RedisOrigin.start();
                Boxcar boxcar = Boxcar.start(config(front + redisUpstream("main", "")))) {
            try (Wire subscriber = Wire.open(boxcar.address("cache"));
                    Wire other = Wire.open(boxcar.address("cache"));
                    Wire first = Wire.open(redis.address())) {
                assertTrue(subscriber.ask("SUBSCRIBE", "news").contains("subscribe"));
                assertEquals("+OK\r\n", other.ask("SET", "where", "first"));
                String id = other.ask("CLIENT", "ID");
                boxcar.reload(config(front + "upstreams.main { endpoints = [\"" + second.address() + "\"] }"));
                assertEquals("+OK\r\n", other.ask("SET", "where", "second"));
                assertEquals(id, other.ask("CLIENT", "ID"));
                assertEquals(Wire.bulk("first"), first.ask("GET", "where"));
                assertEquals(":1\r\n", first.ask("PUBLISH", "news", "still here"));
                assertTrue(subscriber.reply().contains("still here"));
                assertTrue(subscriber.ask("UNSUBSCRIBE").contains("unsubscribe"));
                assertEquals(Wire.bulk("second"), subscriber.ask("GET", "where"));
            }
        }
    }

    @Test
    void aRemovedListenerAcceptsNoMoreAndItsClientsAreClosedBetweenResponses() throws Exception {
        int port = freePort();
        String stays = listener("stays", "redis", 0, "main", "") + redisUpstream("main", "");
        try (Boxcar boxcar = Boxcar.start(config(stays + listener("goes", "redis", port, "main", "")))) {
            try (Wire staying = Wire.open(boxcar.address("stays"));
                    Wire going = Wire.open(boxcar.address("goes"))) {
                assertEquals("+PONG\r\n", staying.ask("PING"));
                assertEquals("+PONG\r\n", going.ask("PING"));
                Reloaded reloaded = boxcar.reload(config(stays));
                assertEquals(List.of("listener goes removed"), reloaded.applied());
                assertThrows(EOFException.class, going::reply);
                assertEquals("+PONG\r\n", staying.ask("PING"));
                assertThrows(ConnectException.class, () -> Wire.open(new Address.Tcp("127.0.0.1", port)));
            }
        }
    }

    @Test
    void whatCannotBeOpenedChangesNothingAndIsTold() throws Exception {
        String stays = listener("stays", "redis", 0, "main", "") + redisUpstream("main", "");
        try (Boxcar boxcar = Boxcar.start(config(stays));
                ServerSocket taken = new ServerSocket(0);
                Wire wire = Wire.open(boxcar.address("stays"))) {
            String more = listener("more", "redis", taken.getLocalPort(), "new", "") + redisUpstream("new", "");
            CannotServe e = assertThrows(CannotServe.class, () -> boxcar.reload(config(stays + more)));
            assertTrue(e.toString().contains("in use by another process"), e::toString);
            assertEquals("+PONG\r\n", wire.ask("PING"));
            assertEquals(1, boxcar.config().listeners().size());
            Eventually.isTrue("only what there was", () -> upstreams(boxcar).size() == 1);
        }
    }

    @Test
    void saysWhatOnlyARestartChanges() throws Exception {
        String stays = listener("stays", "redis", 0, "main", "") + redisUpstream("main", "");
        try (Boxcar boxcar = Boxcar.start(config(stays))) {
            Reloaded reloaded = boxcar.reload(config(stays + "loops = 1, transport = nio"));
            assertEquals(new Reloaded(List.of(), List.of("loops", "transport")), reloaded);
        }
    }
}
