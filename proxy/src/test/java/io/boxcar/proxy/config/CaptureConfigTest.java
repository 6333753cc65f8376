package io.boxcar.proxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.config.CaptureConfig.Protocol;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CaptureConfigTest {

    @TempDir
    Path dir = Path.of("");

    @Test
    void aCapturedListenerNeedsNothingButItsAddress() throws Exception {
        BoxcarConfig config = load("listeners { out { capture = redirect, listen = \"[::]:15001\" } }");
        ListenerConfig listener = config.listeners().getFirst();
        assertEquals(CaptureConfig.Mode.REDIRECT, listener.capture().mode());
        assertEquals(
                List.of("original"),
                config.upstreams().stream().map(UpstreamConfig::name).toList());
        assertTrue(config.upstream("original").isTemplate());
    }

    @Test
    void takesTheFirstRouteThatMatches() throws Exception {
        CaptureConfig capture = load("""
                listeners { out {
                  capture = tproxy, listen = 15001
                  routes = [
                    { to = "10.1.0.0/16", port = [6379, "7000-7005"], protocol = redis, upstream = cache }
                    { to = "fd00::/8", protocol = tcp }
                    { port = 8000, protocol = http, upstream = gentle }
                    { to = "10.0.0.0/8" }
                  ]
                } }
                upstreams { cache { endpoints = ["10.1.0.1:6379"] }, gentle { endpoints = ["original"], connections = 2 } }
                """).listeners().getFirst().capture();
        assertEquals(
                new CaptureConfig.Route(
                        Cidr.parse("10.1.0.0/16"), PortRanges.parse("6379,7000-7005"), Protocol.REDIS, "cache"),
                capture.routes().getFirst());
        assertEquals("cache", first(capture, "10.1.2.3", 7001));
        assertEquals("original", first(capture, "10.1.2.3", 7006));
        assertEquals("gentle", first(capture, "192.0.2.1", 8000));
        assertEquals("none", first(capture, "192.0.2.1", 8001));
    }

    private static String first(CaptureConfig capture, String address, int port) {
        return capture.routes().stream()
                .filter(route -> route.matches(InetAddress.ofLiteral(address), port))
                .map(CaptureConfig.Route::upstream)
                .findFirst()
                .orElse("none");
    }

    @Test
    void whatIsInEffectReadsBackEqual() throws Exception {
        BoxcarConfig config = load("""
                listeners { out {
                  capture = redirect, listen = 15001, limits.destinations = 5, timeout.destination = 2 s, ports.http = [80, 81]
                  routes = [ { to = 10.0.0.0/8, port = 1-9, protocol = tcp }, { protocol = redis, upstream = u } ]
                } }
                upstreams { u { endpoints = original } }
                """);
        Path written = dir.resolve("effective.conf");
        Files.writeString(written, config.toHocon());
        assertEquals(
                config, new ConfigLoader(Set.of("redis", "http")).file(written).load());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "protocol = redis, upstream = cache, capture = redirekt | boxcar.listeners.out.capture = redirekt is not one of off, redirect, tproxy; did you mean redirect?",
                "capture = redirect, protocol = redis | boxcar.listeners.out.protocol = redis has no meaning with capture, where routes say it; leave it out",
                "capture = redirect, upstream = cache | boxcar.listeners.out.upstream = cache has no meaning with capture, where routes say it; leave it out",
                "protocol = redis, upstream = cache, routes = [{ port = 1 }] | boxcar.listeners.out.routes needs capture = redirect or capture = tproxy",
                "protocol = redis, upstream = gentle | boxcar.listeners.out.upstream = gentle has endpoints = [\"original\"], which only captured traffic has; use it in routes of a listener with capture",
                "capture = redirect, routes = [{ to = 10.0.0.0/99 }] | boxcar.listeners.out.routes[0].to = 10.0.0.0/99 is not right: '10.0.0.0/99' is not a block of IP addresses; write it as in 10.0.0.0/8, fd00::/8 or 192.0.2.1",
                "capture = redirect, routes = [{ port = 0 }] | boxcar.listeners.out.routes[0].port = 0 is not right: '0' is not a port from 1 to 65535 or a range of them, as in 6379 or 8000-8100",
                "capture = redirect, routes = [{ ports = 1 }] | boxcar.listeners.out.routes[0].ports is not a known key; known here: to, port, protocol, upstream",
                "capture = redirect, routes = [{ upstream = cache }] | boxcar.listeners.out.routes[0].upstream = cache needs protocol = redis or protocol = http beside it",
                "capture = redirect, routes = [{ protocol = redis, upstream = cash }] | boxcar.listeners.out.routes[0].upstream = cash is not defined; did you mean cache?",
                "capture = redirect, detect-timeout = 2 m | boxcar.listeners.out.detect-timeout = 2 m is out of range; it must be from 1 ms to 1 m"
            })
    void namesTheKeyTheMistakeAndTheRemedy(String listener, String problem) throws Exception {
        InvalidConfig invalid = assertThrows(
                InvalidConfig.class,
                () -> load("listeners { out { listen = 15001, " + listener + " } }\n"
                        + "upstreams { cache { endpoints = [\"a:1\"] }, gentle { endpoints = [\"original\"] } }"));
        assertEquals(List.of(dir.resolve("boxcar.conf") + ":2: " + problem), invalid.problems());
    }

    @Test
    void wantsTheNameOriginalForItself() {
        InvalidConfig invalid = assertThrows(
                InvalidConfig.class,
                () -> load("listeners { out { listen = 15001, capture = redirect } }\n"
                        + "upstreams { original { endpoints = [\"a:1\"] } }"));
        assertTrue(
                invalid.problems().getFirst().contains("rename it"),
                invalid.problems().toString());
    }

    private BoxcarConfig load(String text) throws Exception {
        Path file = dir.resolve("boxcar.conf");
        Files.writeString(file, "boxcar {\n" + text + "\n}\n");
        return new ConfigLoader(Set.of("redis", "http")).file(file).load();
    }
}
