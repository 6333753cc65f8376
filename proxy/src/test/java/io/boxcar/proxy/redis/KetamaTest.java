package io.boxcar.proxy.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KetamaTest {
    private static Ketama ring(String hashTag, String... servers) {
        return Ketama.of(List.of(servers).stream().map(Ketama.Server::parse).toList(), hashTag);
    }

    private static int server(Ketama ring, String key) {
        return ring.of(Unpooled.copiedBuffer("xyz" + key, ISO_8859_1), 3, key.length());
    }

    private static String servers(Ketama ring) {
        StringBuilder servers = new StringBuilder();
        for (int i = 0; i < 64; i++) {
            servers.append(server(ring, i + ":key"));
        }
        return servers.toString();
    }

    /** Worked out a second time, by another program that follows nc_ketama.c; nutcracker itself is asked below. */
    @Test
    void staysWhereItWas() {
        assertEquals(
                "0221010102101212112120110200121221122202112101112210112202202220",
                servers(ring("", "h:1:1 alpha", "h:2:1 beta", "h:3:1 gamma")));
        assertEquals(
                "2221021122222212112120112220021221222222122101112212212212222220",
                servers(ring("", "h:1:1 alpha", "h:2:2 beta", "h:3:5 gamma")));
        assertEquals(
                "2200022012000220012212000100122222112201222201222121202220100212",
                servers(ring("", "10.0.0.1:6379:1", "10.0.0.2:6379:1", "cache:11211:1")));
    }

    @Test
    void readsServersAsTwemproxyDoes() {
        assertEquals(new Ketama.Server("127.0.0.1:6379", 2), Ketama.Server.parse("127.0.0.1:6379:2"));
        assertEquals(new Ketama.Server("one", 2), Ketama.Server.parse("127.0.0.1:6379:2 one"));
        assertEquals(new Ketama.Server("host", 1), Ketama.Server.parse("host:11211:1"));
        assertEquals(new Ketama.Server("::1:6379", 1), Ketama.Server.parse("::1:6379:1"));
        assertEquals(new Ketama.Server("/tmp/redis.sock:", 1), Ketama.Server.parse("/tmp/redis.sock:1"));
        assertEquals(new Ketama.Server("one", 1), Ketama.Server.parse("/tmp/redis.sock:1 one"));
        for (String wrong : List.of("host:1", "host", "host:1:0", "host:1:-1", "host:1:x", "/path")) {
            assertThrows(IllegalArgumentException.class, () -> Ketama.Server.parse(wrong), wrong);
        }
    }

    @Test
    void hashesWhatIsBetweenTheCharactersOfTheTag() {
        Ketama ring = ring("{}", "h:1:1 alpha", "h:2:1 beta", "h:3:1 gamma");
        Ketama untagged = ring("", "h:1:1 alpha", "h:2:1 beta", "h:3:1 gamma");
        for (int i = 0; i < 100; i++) {
            String key = "k" + i;
            assertEquals(server(ring, key), server(ring, "{" + key + "}" + "other"));
            assertEquals(server(ring, key), server(ring, "a{" + key + "}{b}"));
            assertEquals(server(untagged, key + "{}"), server(ring, key + "{}"));
            assertEquals(server(untagged, key + "{x"), server(ring, key + "{x"));
        }
    }

    @Test
    void hasAPlaceForEverythingOnOneServer() {
        assertEquals(0, server(ring("", "h:1:7"), "k"));
    }

    @Test
    void agreesWithNutcracker(@TempDir Path folder) throws Exception {
        compare(folder, "", new String[] {":1 alpha", ":1 beta", ":1 gamma"});
        compare(folder, "", new String[] {":1 alpha", ":2 beta", ":5 gamma"});
        compare(folder, "{}", new String[] {":1", ":1", ":1"});
    }

    /** Writes keys through nutcracker and looks which Redis has them. */
    private static void compare(Path folder, String hashTag, String[] weights) throws Exception {
        assumeTrue(RedisServer.isInstalled("nutcracker"), "no nutcracker on the PATH: nothing to compare with");
        List<RedisServer> redis = new ArrayList<>();
        try {
            String[] lines = new String[weights.length];
            for (int i = 0; i < lines.length; i++) {
                redis.add(RedisServer.start());
                lines[i] = "127.0.0.1:" + redis.get(i).port() + weights[i];
            }
            Ketama ring = ring(hashTag, lines);
            List<Set<String>> expected = new ArrayList<>();
            for (int i = 0; i < lines.length; i++) {
                expected.add(new TreeSet<>());
            }
            int port = RedisServer.freePort();
            Process nutcracker = startNutcracker(folder, port, hashTag, lines);
            try (RedisClient client = connect(port, nutcracker)) {
                SplittableRandom random = new SplittableRandom(7);
                for (int i = 0; i < 2000; i++) {
                    String key = Mutation.text(random, "{}abcdefgh0123:\u0080\u00ff\0 ", random.nextInt(1, 20));
                    expected.get(server(ring, key)).add(key);
                    assertEquals("+OK\r\n", client.call("SET", key, "v"));
                }
            } finally {
                nutcracker.destroy();
                nutcracker.waitFor(10, TimeUnit.SECONDS);
            }
            for (int i = 0; i < lines.length; i++) {
                try (RedisClient client = new RedisClient(redis.get(i).port())) {
                    List<String> keys = client.list("KEYS", "*");
                    assertNotNull(keys);
                    assertTrue(keys.size() > 100, keys.size() + " keys");
                    assertEquals(expected.get(i), new TreeSet<>(keys), lines[i]);
                }
            }
        } finally {
            for (RedisServer server : redis) {
                server.close();
            }
        }
    }

    private static Process startNutcracker(Path folder, int port, String hashTag, String[] lines) throws IOException {
        StringBuilder text = new StringBuilder("pool:\n  listen: 127.0.0.1:" + port + "\n  hash: fnv1a_64\n");
        text.append("  distribution: ketama\n  redis: true\n  preconnect: true\n  auto_eject_hosts: false\n");
        text.append(hashTag.isEmpty() ? "" : "  hash_tag: \"" + hashTag + "\"\n")
                .append("  servers:\n");
        for (String line : lines) {
            text.append("   - ").append(line).append('\n');
        }
        Path configuration = Files.writeString(folder.resolve("nutcracker.yml"), text, UTF_8);
        return new ProcessBuilder(
                        "nutcracker",
                        "--conf-file",
                        configuration.toString(),
                        "--stats-addr",
                        "127.0.0.1",
                        "--stats-port",
                        "" + RedisServer.freePort())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static RedisClient connect(int port, Process nutcracker) throws Exception {
        for (int attempt = 0; nutcracker.isAlive() && attempt < 100; attempt++) {
            try {
                return new RedisClient(port);
            } catch (IOException e) {
                nutcracker.waitFor(50, TimeUnit.MILLISECONDS);
            }
        }
        throw new IOException("nutcracker does not accept connections on port " + port);
    }
}
