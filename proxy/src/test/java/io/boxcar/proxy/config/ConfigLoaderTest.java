package io.boxcar.proxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.boxcar.batching.DeparturePolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigLoaderTest {

    private static final Set<String> PROTOCOLS = Set.of("redis");

    @TempDir
    Path dir = Path.of("");

    @Test
    void servesRedisOnItsNeighbourPortWithoutAnyConfiguration() throws Exception {
        assertEquals(
                new BoxcarConfig(
                        0,
                        TransportChoice.AUTO,
                        new AdminConfig(new Address.Tcp("127.0.0.1", 9464), "", true, new AdminConfig.Tls("", "", "")),
                        new ShutdownConfig(0, 10_000_000_000L),
                        2_000_000_000L,
                        List.of(new ListenerConfig(
                                "redis",
                                "redis",
                                new Address.Tcp("127.0.0.1", 6380),
                                "redis",
                                new ListenerLimits(
                                        10_000, 1024, 256L << 20, 1L << 20, 1L << 20, 1L << 30, 0, 60_000_000_000L),
                                1024,
                                ClientState.VIRTUAL,
                                new HttpListenerConfig(
                                        "boxcar",
                                        false,
                                        List.of(),
                                        new HttpListenerConfig.Limits(8 << 10, 64 << 10, 100, 0, 64 << 10, 0, 256, 200),
                                        new HttpListenerConfig.Timeout(
                                                10_000_000_000L, 30_000_000_000L, 30_000_000_000L, 75_000_000_000L)),
                                Direction.OUTBOUND,
                                ListenerTls.OFF,
                                new CaptureConfig(
                                        CaptureConfig.Mode.OFF,
                                        List.of(),
                                        PortRanges.parse("6379"),
                                        PortRanges.parse("80,8080"),
                                        100_000_000,
                                        1024,
                                        60_000_000_000L))),
                        List.of(new UpstreamConfig(
                                "redis",
                                List.of(new Address.Tcp("127.0.0.1", 6379)),
                                new RoutingConfig(false, Distribution.KETAMA, true, ReadFrom.PRIMARY),
                                new AuthConfig("", ""),
                                new BatchingConfig(DeparturePolicy.Mode.BALANCED, 512, 64 << 10, 300_000, 8192),
                                1,
                                64 << 10,
                                new PinnedConfig(1000, 16, 60_000_000_000L, 1_000_000_000L),
                                new TimeoutConfig(1_000_000_000L, 1_000_000_000L, 5_000_000_000L, 10_000_000_000L),
                                new UpstreamLimits(16384, 64L << 20),
                                true,
                                new HttpUpstreamConfig(
                                        HttpUpstreamConfig.Mode.AUTO,
                                        HttpUpstreamConfig.Pipelining.SAFE,
                                        64,
                                        4,
                                        256,
                                        10_000,
                                        0,
                                        0,
                                        3_000_000_000L,
                                        HttpUpstreamConfig.Balance.P2C,
                                        new HttpUpstreamConfig.Retry(1, 20, 3),
                                        new HttpUpstreamConfig.Outlier(5, 5_000_000_000L, 50),
                                        new HttpUpstreamConfig.HealthCheck("", 5_000_000_000L, 1_000_000_000L, 2),
                                        1_000_000_000L,
                                        30_000_000_000L,
                                        new HttpUpstreamConfig.Timeout(60_000_000_000L, 300_000_000_000L)),
                                UpstreamTls.OFF)),
                        new LogConfig(
                                LogConfig.Format.TEXT,
                                LogConfig.Level.INFO,
                                new AccessLogConfig("off", 1.0, 100, 8192))),
                load(""));
    }

    @Test
    void aFileWithAListenerReplacesTheBuiltInOne() throws Exception {
        BoxcarConfig config = load("""
                boxcar {
                  listeners { cache { protocol = redis, listen = "7000", upstream = main, limits.clients = 7 } }
                  upstreams { main { endpoints = ["a:1", "unix:/b"], batching.linger = 100us } }
                }
                """);
        ListenerConfig listener = config.listeners().getFirst();
        assertEquals(List.of("cache"), listenerNames(config));
        assertEquals(7, listener.limits().maxClients());
        assertEquals(
                List.of(new Address.Tcp("a", 1), new Address.Unix("/b")),
                config.upstreamOf(listener).endpoints());
        assertEquals(100_000, config.upstreamOf(listener).batching().lingerNs());
    }

    @Test
    void aFileWithoutAListenerKeepsTheBuiltInOneAndCanChangeIt() throws Exception {
        BoxcarConfig config = load("boxcar { loops = 2, upstreams.redis.endpoints = [\"far:1\"] }");
        assertEquals(List.of("redis"), listenerNames(config));
        assertEquals(
                List.of(new Address.Tcp("far", 1)),
                config.upstreams().getFirst().endpoints());
        assertEquals(2, config.loops());
    }

    @Test
    void theCommandLineAddsListenersWithNumberedNamesThatTheFileDoesNotUse() throws Exception {
        BoxcarConfig config = fromFile("""
                        boxcar {
                          listeners { redis { protocol = redis, listen = "7000", upstream = redis-2 } }
                          upstreams { redis-2 { endpoints = ["a:1"] } }
                        }
                        """)
                .listener("redis", "7001=b:1,c:1")
                .listener("redis", "unix:/run/x=unix:/run/y")
                .load();
        assertEquals(List.of("redis", "redis-3", "redis-4"), listenerNames(config));
        assertEquals(2, config.upstreamOf(config.listeners().get(1)).endpoints().size());
        assertEquals(new Address.Unix("/run/x"), config.listeners().get(2).listen());
    }

    @Test
    void aSettingWinsOverTheCommandLineAndTheFileAndReachesListenersOfBoth() throws Exception {
        BoxcarConfig config = fromFile("boxcar { loops = 2, admin.listen = \"1\" }")
                .listener("redis", "7001=b:1")
                .admin("2")
                .set("boxcar.loops=3")
                .set("admin.listen=off")
                .set("upstreams.redis.batching.linger=100us")
                .set("upstreams.redis.endpoints=[\"d:1\", \"e:1\"]")
                .load();
        assertEquals(3, config.loops());
        assertNull(config.admin());
        assertEquals(100_000, config.upstreams().getFirst().batching().lingerNs());
        assertEquals(
                List.of(Address.parse("d:1"), Address.parse("e:1")),
                config.upstreams().getFirst().endpoints());
    }

    @Test
    void defaultsCanBeSetForAllListenersAndUpstreamsAtOnce() throws Exception {
        BoxcarConfig config = load("""
                boxcar.defaults { upstream.timeout.request = 2 s, listener.limits.clients = 5 }
                """);
        assertEquals(2_000_000_000L, config.upstreams().getFirst().timeout().requestNs());
        assertEquals(5, config.listeners().getFirst().limits().maxClients());
    }

    @Test
    void readsVariablesOfTheEnvironment() throws Exception {
        String path = System.getenv("PATH");
        assumeTrue(path != null);
        problemsOf(
                "boxcar.loops = ${PATH}",
                "env variables: boxcar.loops = " + path + " is not a whole number from 1 to 256");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "loop = 2 | boxcar.loop is not a known key; did you mean boxcar.loops?",
                "zzzzzz = 2 | boxcar.zzzzzz is not a known key; known here: access-log, admin, defaults, listeners, log, loops, reload, shutdown, transport, upstreams",
                "admin = off | boxcar.admin is a block of keys, not a single value; write admin { ... }",
                "upstreams.redis.linger = 1 us | boxcar.upstreams.redis.linger is not a known key; did you mean boxcar.upstreams.redis.batching.linger?",
                "upstreams.redis.batching.lingr = 1 us | boxcar.upstreams.redis.batching.lingr is not a known key; did you mean boxcar.upstreams.redis.batching.linger?",
                "upstreams.redis.timeout = 5 s | boxcar.upstreams.redis.timeout is a block of keys, not a single value; write timeout { ... }",
                "loops = many | boxcar.loops = many is not a whole number from 1 to 256",
                "loops = 0 | boxcar.loops = 0 is out of range; it must be from 1 to 256",
                "loops = [1] | boxcar.loops is a single value, not a block or list",
                "loops = null | boxcar.loops = null; leave the key out to get its default",
                "transport = iouring | boxcar.transport = iouring is not one of auto, io_uring, epoll, nio; did you mean io_uring?",
                "shutdown.drain-timeout = soon | boxcar.shutdown.drain-timeout = soon is not a time; write a number and a unit (ns, us, ms, s, m, h, d), as in 300 us",
                "shutdown.drain-timeout = 10 | boxcar.shutdown.drain-timeout = 10 has no unit; write one (ns, us, ms, s, m, h, d), as in 10 ms",
                "shutdown.drain-timeout = 2 h | boxcar.shutdown.drain-timeout = 2 h is out of range; it must be from 0 to 1 h",
                "shutdown.drain-timeout = -1 s | boxcar.shutdown.drain-timeout = -1 s is out of range; it must be from 0 to 1 h",
                "upstreams.redis.batching.max-bytes = much | boxcar.upstreams.redis.batching.max-bytes = much is not a size; write bytes, or a number and a unit (KiB, MiB, GiB), as in 64 KiB",
                "upstreams.redis.batching.max-bytes = 1 GiB | boxcar.upstreams.redis.batching.max-bytes = 1 GiB is out of range; it must be from 1 B to 16 MiB",
                "upstreams.redis.batching.ring-size = 1000 | boxcar.upstreams.redis.batching.ring-size = 1000 is not a power of two; the next one is 1024",
                "upstreams.redis.batching { ring-size = 64, max-requests = 65 } | boxcar.upstreams.redis: batching.max-requests must not be more than batching.ring-size",
                "upstreams.redis.resend-reads = perhaps | boxcar.upstreams.redis.resend-reads = perhaps is neither true nor false",
                "upstreams.redis.cluster = maybe | boxcar.upstreams.redis.cluster = maybe is neither true nor false",
                "upstreams.redis.distribution = modula | boxcar.upstreams.redis.distribution = modula is not one of ketama",
                "upstreams.redis.read-from = replicas | boxcar.upstreams.redis.read-from = replicas is not one of primary, replica; did you mean replica?",
                "upstreams.redis.read-from = replica | boxcar.upstreams.redis.read-from = replica needs cluster = true: only a cluster tells which node is the replica of which",
                "upstreams.redis.auth.user = boxcar | boxcar.upstreams.redis.auth.user = boxcar has no password; set auth.password, which may be anything if the user has none",
                "upstreams.redis.auth = secret | boxcar.upstreams.redis.auth is a block of keys, not a single value; write auth { ... }",
                "upstreams.redis.auth.pasword = secret | boxcar.upstreams.redis.auth.pasword is not a known key; did you mean boxcar.upstreams.redis.auth.password?",
                "upstreams.redis.pinned.max = -1 | boxcar.upstreams.redis.pinned.max = -1 is out of range; it must be from 0 to 1000000",
                "upstreams.redis.pinned.wait = 1 | boxcar.upstreams.redis.pinned.wait = 1 has no unit; write one (ns, us, ms, s, m, h, d), as in 1 ms",
                "upstreams.redis.slow-lane-above = large | boxcar.upstreams.redis.slow-lane-above = large is not a size; write bytes, or a number and a unit (KiB, MiB, GiB), as in 64 KiB",
                "defaults.listener.client-state = real | boxcar.listeners.redis.client-state = real is not one of virtual, strict",
                "defaults.listener.limits.own-connections = 5 | boxcar.defaults.listener.limits.own-connections is not a known key; known here: clients, destinations, output, output-pause, pipeline, request, stream-above",
                "upstreams.redis.endpoints = [] | boxcar.upstreams.redis.endpoints is empty; it needs at least one address",
                "upstreams.redis.endpoints = [a:1, `a:1`] | boxcar.upstreams.redis.endpoints names an address twice; to open more connections set connections",
                "upstreams.redis.endpoints = here | boxcar.upstreams.redis.endpoints: 'here' is not an address: 'here' is not a port from 0 to 65535; write PORT, HOST:PORT, [IPv6]:PORT or unix:/path",
                "upstreams.redis.endpoints = 0 | boxcar.upstreams.redis.endpoints = 0 has port 0, to which nobody can connect; use the port of the service",
                "upstreams.other {} | boxcar.upstreams.other has no endpoints; add endpoints = ...",
                "upstreams.\"a b\" { endpoints = 1 } | boxcar.upstreams.a b is not a name; use at most 63 letters, digits, - and _, a letter or digit first",
                "admin.listen = \"unix:/run/admin\" | boxcar.admin.listen = unix:/run/admin is not a TCP address, which is all that the admin endpoint can listen on",
                "admin.token = tooShort | boxcar.admin.token must have at least 16 characters, all of them visible ASCII; make one with: openssl rand -hex 16",
                "admin.token = \"***\" | boxcar.admin.token is what Boxcar prints in place of a token; write the token itself",
                "admin.metrics-open = perhaps | boxcar.admin.metrics-open = perhaps is neither true nor false",
                "admin.tls.cert = /c.pem | boxcar.admin.tls.cert = /c.pem needs admin.tls.key: TLS is a certificate and its key",
                "admin.tls.ca = /ca.pem | boxcar.admin.tls.ca = /ca.pem needs admin.tls.cert and admin.tls.key: only TLS has client certificates",
                "log.level = loud | boxcar.log.level = loud is not one of error, warning, info, debug, trace",
                "log.format = xml | boxcar.log.format = xml is not one of text, json",
                "access-log.output = log.txt | boxcar.access-log.output = log.txt is neither off, stdout, stderr nor the absolute path of a file",
                "access-log.sample = 10 | boxcar.access-log.sample = 10 is not a number from 0 to 1, as in 0.01 for one in a hundred",
                "access-log.sample = half | boxcar.access-log.sample = half is not a number from 0 to 1, as in 0.01 for one in a hundred",
                "access-log.buffer = 1 | boxcar.access-log.buffer = 1 is out of range; it must be from 64 to 1048576",
                "defaults.listener.limits.output = 64 KiB | boxcar.listeners.redis: limits.output-pause must not be more than limits.output"
            })
    void namesTheKeyTheMistakeAndTheRemedy(String text, String problem) throws Exception {
        problemsOf("boxcar {\n\n" + text.replace("a:1, `a:1`", "\"a:1\", \"a:1\"") + "\n}", file() + ":3: " + problem);
    }

    @Test
    void namesWhatIsWrongWithAListener() throws Exception {
        problemsOf(
                """
                boxcar {
                  admin.listen = "1"
                  upstreams { main { endpoints = "a:1" } }
                  listeners {
                    a { protocol = http, listen = "2", upstream = mian }
                    b { protocol = redis, listen = "127.0.0.1:2", upstream = other }
                    c { protocol = redis, listen = "1", upstream = main }
                    d { listen = "a:1", upstream = main }
                  }
                }
                """,
                file() + ":5: boxcar.listeners.a.protocol = http is not supported yet by this build; it knows redis",
                file() + ":5: boxcar.listeners.a.upstream = mian is not defined; did you mean main?",
                file() + ":6: boxcar.listeners.b.listen = 127.0.0.1:2 is already taken by boxcar.listeners.a;"
                        + " give each its own address",
                file() + ":6: boxcar.listeners.b.upstream = other is not defined;"
                        + " add boxcar.upstreams.other { endpoints = [...] } or use one of main",
                file()
                        + ":7: boxcar.listeners.c.listen = 1 is already taken by boxcar.admin; give each its own address",
                file() + ":8: boxcar.listeners.d has no protocol; add protocol = ...");
    }

    @Test
    void refusesAListenerThatForwardsToItself() throws Exception {
        problemsOf(
                """
                boxcar {
                  upstreams { main { endpoints = "1" } }
                  listeners { a { protocol = redis, listen = "1", upstream = main } }
                }
                """,
                file() + ":3: boxcar.listeners.a.listen = 1 is also an endpoint of its own upstream,"
                        + " so requests would go round in a circle; change one of them");
    }

    @Test
    void readsHowAnUpstreamIsReached() throws Exception {
        BoxcarConfig config = load("""
                boxcar {
                  upstreams.redis {
                    cluster = true, split = false, read-from = replica, slow-lane-above = 0
                    auth { user = boxcar, password = 007 }
                    pinned { max = 5, idle = 2, idle-timeout = 3 s, wait = 4 ms }
                  }
                  defaults.listener.client-state = strict
                }
                """);
        UpstreamConfig upstream = config.upstreams().getFirst();
        assertEquals(new RoutingConfig(true, Distribution.KETAMA, false, ReadFrom.REPLICA), upstream.routing());
        assertEquals(new AuthConfig("boxcar", "007"), upstream.auth());
        assertEquals(new PinnedConfig(5, 2, 3_000_000_000L, 4_000_000L), upstream.pinned());
        assertEquals(0, upstream.slowLaneAboveBytes());
        assertEquals(ClientState.STRICT, config.listeners().getFirst().clientState());
        assertEquals(
                config.toString(),
                load(config.toHocon().replace("\"***\"", "\"007\"")).toString());
    }

    @Test
    void readsWhoMayUseTheAdminEndpointAndMasksTheToken() throws Exception {
        BoxcarConfig config = load("""
                boxcar {
                  admin {
                    listen = "0.0.0.0:9464", token = 0123456789abcdefg, metrics-open = false
                    tls { cert = /c.pem, key = /k.pem, ca = /ca.pem }
                  }
                }
                """);
        AdminConfig admin = new AdminConfig(
                new Address.Tcp("0.0.0.0", 9464),
                "0123456789abcdefg",
                false,
                new AdminConfig.Tls("/c.pem", "/k.pem", "/ca.pem"));
        assertEquals(admin, config.admin());
        assertFalse((config.toHocon() + config).contains("0123456789abcdefg"));
        assertTrue(config.toHocon().contains("token=\"***\""), config.toHocon());
        InvalidConfig e = assertThrows(
                InvalidConfig.class,
                () -> fromFile("").set("admin.tokn=0123456789abcdefg").load());
        assertFalse(String.join("", e.problems()).contains("0123456789abcdefg"), e::toString);
    }

    @Test
    void readsWhatIsLogged() throws Exception {
        BoxcarConfig config = load("""
                boxcar {
                  log { format = json, level = debug }
                  access-log { output = "/var/log/a.log", sample = 0.25, errors = 3, buffer = 100 }
                }
                """);
        assertEquals(
                new LogConfig(
                        LogConfig.Format.JSON,
                        LogConfig.Level.DEBUG,
                        new AccessLogConfig("/var/log/a.log", 0.25, 3, 100)),
                config.log());
        assertEquals(config, load(config.toHocon()));
    }

    @Test
    void refusesAClusterForAProtocolThatHasNone() throws Exception {
        Files.writeString(file(), """
                boxcar {
                  upstreams {
                    main { endpoints = "1", cluster = true }
                    other { endpoints = "1", cluster = true }
                  }
                  listeners {
                    a { protocol = http, listen = "2", upstream = main }
                    b { protocol = redis, listen = "3", upstream = other }
                  }
                }
                """);
        InvalidConfig e = assertThrows(
                InvalidConfig.class,
                () -> new ConfigLoader(Set.of("redis", "http")).file(file()).load());
        assertEquals(
                file() + ":7: boxcar.listeners.a.upstream = main is a Redis Cluster (cluster = true), which http does"
                        + " not have; give this listener another upstream, or protocol = redis",
                e.getMessage());
    }

    @Test
    void whatIsPrintedInPlaceOfAPasswordIsNotOne() throws Exception {
        problemsOf(
                "boxcar.upstreams.redis.auth.password = \"***\"",
                file() + ":1: boxcar.upstreams.redis.auth.password = *** is what Boxcar prints in place of a password;"
                        + " write the password itself");
    }

    @Test
    void noTextThatIsMadeOfAConfigurationHasThePassword() throws Exception {
        BoxcarConfig config = fromFile("boxcar.upstreams.main { endpoints = 3, auth.password = s3cret }")
                .listener("redis", "1=2")
                .set("upstreams.redis.auth.password=s3cret")
                .load();
        assertEquals("s3cret", config.upstreams().getFirst().auth().password());
        for (String text : List.of(config.toHocon(), config.toString())) {
            assertFalse(text.contains("s3cret"), text);
            assertTrue(text.contains("***"), text);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "upstreams.redis.auth.pasword=s3cret",
                "upstreams.redis.password=s3cret",
                "upstreams.redis.auth=s3cret",
                "upstreams.redis.auth.password={ a = s3cret }",
                "upstreams.redis.auth.password=[s3cret]",
                "upstreams.redis.auth.password=\"s3cret",
                "upstreams.redis.ath={ password = s3cret }",
                "upstreams.redis.auth..password=s3cret"
            })
    void noMessageHasThePasswordOfTheCommandLine(String setting) {
        InvalidConfig e = assertThrows(
                InvalidConfig.class,
                () -> new ConfigLoader(PROTOCOLS).set(setting).load());
        assertFalse(String.valueOf(e.getMessage()).contains("s3cret"), e::getMessage);
        assertTrue(
                String.valueOf(e.getMessage()).startsWith("--set " + setting.substring(0, setting.indexOf('=')) + "="),
                e::getMessage);
    }

    @Test
    void severalListenersMayLetTheSystemChooseTheirPort() throws Exception {
        new ConfigLoader(PROTOCOLS)
                .listener("redis", "0=1")
                .listener("redis", "0=1")
                .admin("0")
                .load();
    }

    @Test
    void findsAKeyThatBelongsInsideTheBoxcarBlock() throws Exception {
        problemsOf("listeners {}", file() + ":1: listeners is not a known key; did you mean boxcar.listeners?");
    }

    @Test
    void tellsAllMistakesOfFileAndCommandLineAtOnce() {
        InvalidConfig e = assertThrows(
                InvalidConfig.class,
                () -> fromFile("boxcar { loops = x\n typo = 1 }")
                        .listener("redis", "6380")
                        .listener("http", "1=2")
                        .admin("nowhere")
                        .set("nothing")
                        .set("a..b=1")
                        .set("upstreams.http.conections=3")
                        .load());
        assertEquals(
                List.of(
                        file() + ":2: boxcar.typo is not a known key; known here:"
                                + " access-log, admin, defaults, listeners, log, loops, reload, shutdown, transport, upstreams",
                        "--redis 6380: is not LISTEN=UPSTREAM; write it as in --redis 6380=127.0.0.1:6379",
                        "--set nothing: is not KEY=VALUE; write it as in --set upstreams.redis.connections=2",
                        "--set upstreams.http.conections=3: boxcar.upstreams.http.conections is not a known key;"
                                + " did you mean boxcar.upstreams.http.connections?",
                        file() + ":1: boxcar.loops = x is not a whole number from 1 to 256",
                        "--admin nowhere: boxcar.admin.listen: 'nowhere' is not an address: 'nowhere' is not a port"
                                + " from 0 to 65535; write PORT, HOST:PORT, [IPv6]:PORT or unix:/path",
                        "--http 1=2: boxcar.listeners.http.protocol = http is not supported yet by this build;"
                                + " it knows redis"),
                e.problems().stream()
                        .filter(problem -> !problem.startsWith("--set a..b"))
                        .toList());
        assertEquals(8, e.problems().size());
    }

    @Test
    void namesTheLineThatIsNotHocon() throws Exception {
        InvalidConfig e = assertThrows(InvalidConfig.class, () -> load("boxcar {\n loops = }\n"));
        assertEquals(1, e.problems().size());
        assertEquals(file() + ":2: ", e.problems().getFirst().substring(0, (file() + ":2: ").length()));
    }

    @Test
    void namesAFileThatIsNotThere() {
        InvalidConfig e = assertThrows(
                InvalidConfig.class,
                () -> new ConfigLoader(PROTOCOLS).file(Path.of("/no/such.conf")).load());
        assertEquals(
                List.of("/no/such.conf: this configuration file does not exist or cannot be read; check --config"),
                e.problems());
    }

    @Test
    void namesTheLineOfAnUnknownVariable() throws Exception {
        InvalidConfig e = assertThrows(InvalidConfig.class, () -> load("boxcar {\n loops = ${NO_SUCH_VARIABLE}\n}"));
        assertEquals(
                file() + ":2: Could not resolve substitution to a value: ${NO_SUCH_VARIABLE}",
                e.problems().getFirst());
    }

    private void problemsOf(String text, String... problems) throws IOException {
        Files.writeString(file(), text);
        InvalidConfig e = assertThrows(
                InvalidConfig.class,
                () -> new ConfigLoader(PROTOCOLS).file(file()).load());
        assertEquals(String.join("\n", problems), e.getMessage());
    }

    private BoxcarConfig load(String text) throws IOException, InvalidConfig {
        return fromFile(text).load();
    }

    private ConfigLoader fromFile(String text) throws IOException {
        Files.writeString(file(), text);
        return new ConfigLoader(PROTOCOLS).file(file());
    }

    private Path file() {
        return dir.resolve("boxcar.conf");
    }

    private static List<String> listenerNames(BoxcarConfig config) {
        return config.listeners().stream().map(ListenerConfig::name).toList();
    }
}
