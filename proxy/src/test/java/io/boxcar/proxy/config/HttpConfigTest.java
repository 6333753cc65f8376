package io.boxcar.proxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpConfigTest {

    private static final Set<String> PROTOCOLS = Set.of("redis", "http");

    @TempDir
    Path dir = Path.of("");

    @Test
    void theCommandLineAddsListenersOfBothProtocols() throws Exception {
        BoxcarConfig config = new ConfigLoader(PROTOCOLS)
                .listener("http", "8080=a:80,b:80")
                .listener("redis", "6380=127.0.0.1:6379")
                .listener("http", "8081=c:80")
                .set("listeners.http.http.via=off")
                .set("listeners.http-2.http.routes=[{ path = /x, upstream = http }]")
                .set("upstreams.http.http.mode=h2")
                .load();
        assertEquals(
                List.of("http", "http-2", "redis"),
                config.listeners().stream().map(ListenerConfig::name).toList());
        ListenerConfig first = config.listeners().getFirst();
        assertEquals("http", first.protocol());
        assertEquals("", first.http().via());
        assertEquals(2, config.upstreamOf(first).endpoints().size());
        assertEquals(HttpUpstreamConfig.Mode.H2, config.upstream("http").http().mode());
        assertEquals(
                List.of(new HttpListenerConfig.Route("", "/x", "http")),
                config.listeners().get(1).http().routes());
    }

    @Test
    void readsAndPrintsEverything() throws Exception {
        BoxcarConfig config = load("""
                boxcar {
                  listeners.web {
                    protocol = http, listen = "8080", upstream = main
                    http {
                      via = edge-1, connect = true
                      routes = [
                        { host = "API.example.com", path = "/v1", upstream = api }
                        { host = "*.example.com", upstream = api }
                        { host = "[::1]", upstream = api }
                        { path = "/", upstream = main }
                      ]
                      limits {
                        line = 1 KiB, header = 2 KiB, fields = 3, body = 4 MiB
                        whole-body = 0, requests = 6, streams = 7, resets = 8
                      }
                      timeout { header = 1 s, body = 2 s, write = 3 s, idle = 0 }
                    }
                  }
                  upstreams.api.endpoints = "a:1"
                  upstreams.main {
                    endpoints = "a:2"
                    http {
                      mode = keepalive, pipelining = all, pipelining-depth = 2, connections = 3, max-connections = 4
                      max-requests = 5, requests-per-connection = 6, connection-age = 7 m, idle-timeout = 8 s
                      balance = round-robin
                      retry { attempts = 0, budget = 100, min = 9 }
                      outlier { failures = 0, ejection = 10 s, max-ejected = 0 }
                      health-check { path = "/health?deep=1", interval = 11 s, timeout = 12 s, failures = 13 }
                      resolve-min = 14 s, resolve-max = 15 s
                      timeout { response = 0, body = 0 }
                    }
                  }
                }
                """);
        long second = 1_000_000_000L;
        assertEquals(
                new HttpListenerConfig(
                        "edge-1",
                        true,
                        List.of(
                                new HttpListenerConfig.Route("api.example.com", "/v1", "api"),
                                new HttpListenerConfig.Route("*.example.com", "", "api"),
                                new HttpListenerConfig.Route("[::1]", "", "api"),
                                new HttpListenerConfig.Route("", "/", "main")),
                        new HttpListenerConfig.Limits(1 << 10, 2 << 10, 3, 4L << 20, 0, 6, 7, 8),
                        new HttpListenerConfig.Timeout(second, 2 * second, 3 * second, 0)),
                config.listeners().getFirst().http());
        HttpUpstreamConfig upstream = config.upstream("main").http();
        assertEquals(
                new HttpUpstreamConfig(
                        HttpUpstreamConfig.Mode.KEEPALIVE,
                        HttpUpstreamConfig.Pipelining.ALL,
                        2,
                        3,
                        4,
                        5,
                        6,
                        420 * second,
                        8 * second,
                        HttpUpstreamConfig.Balance.ROUND_ROBIN,
                        new HttpUpstreamConfig.Retry(0, 100, 9),
                        new HttpUpstreamConfig.Outlier(0, 10 * second, 0),
                        new HttpUpstreamConfig.HealthCheck("/health?deep=1", 11 * second, 12 * second, 13),
                        14 * second,
                        15 * second,
                        new HttpUpstreamConfig.Timeout(0, 0)),
                upstream);
        assertTrue(upstream.healthCheck().isOn());
        assertTrue(config.toHocon().contains("round-robin"), config.toHocon());
        assertEquals(config, load(config.toHocon()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "listeners.web.http.via = \"a b\" | boxcar.listeners.web.http.via = a b is not a pseudonym; use letters, digits, - and _, or off for no Via field",
                "listeners.web.http.routes = api | boxcar.listeners.web.http.routes = api is not a list of blocks; write [ { host = ... }, ... ]",
                "listeners.web.http.routes = [api] | boxcar.listeners.web.http.routes[0] is not a block; write { host = ... }",
                "listeners.web.http.routes = [{ path = /a, upstream = web }, { path = /b }] | boxcar.listeners.web.http.routes[1] has no upstream; add upstream = ...",
                "listeners.web.http.routes = [{ path = /a, upsteam = web, upstream = web }] | boxcar.listeners.web.http.routes[0].upsteam is not a known key; known here: host, path, upstream",
                "listeners.web.http.routes = [{ upstream = web }] | boxcar.listeners.web.http.routes[0].upstream = web has neither host nor path; add one, or leave out the route",
                "listeners.web.http.routes = [{ path = /a, upstream = wep }] | boxcar.listeners.web.http.routes[0].upstream = wep is not defined; did you mean web?",
                "listeners.web.http.routes = [{ path = a, upstream = web }] | boxcar.listeners.web.http.routes[0].path = a is not the start of a path; write it as in /v1, without ? and #",
                "listeners.web.http.routes = [{ path = \"/a?b\", upstream = web }] | boxcar.listeners.web.http.routes[0].path = /a?b is not the start of a path; write it as in /v1, without ? and #",
                "listeners.web.http.routes = [{ host = \"a:80\", upstream = web }] | boxcar.listeners.web.http.routes[0].host = a:80 is not a host; write it without a port, as in api.example.com or *.example.com",
                "listeners.web.http.routes = [{ host = \"a.*\", upstream = web }] | boxcar.listeners.web.http.routes[0].host = a.* is not a host; write it without a port, as in api.example.com or *.example.com",
                "listeners.web.http.routes = [{ host = a, upstream = web }, { host = A, upstream = web }] | boxcar.listeners.web.http.routes[1].upstream = web has the host and path of an earlier route; leave one of them out",
                "listeners.web.http.routes = [{ host = a, upstream = cache }] | boxcar.listeners.web.http.routes[0].upstream = cache is also the upstream of boxcar.listeners.cache, which speaks redis, not http; define an upstream for each protocol",
                "listeners.web.upstream = cache | boxcar.listeners.web.upstream = cache is also the upstream of boxcar.listeners.cache, which speaks redis, not http; define an upstream for each protocol",
                "listeners.cache.http.routes = [{ host = a, upstream = cache }] | boxcar.listeners.cache.http.routes needs protocol = http",
                "listeners.web.http.limits.fields = 0 | boxcar.listeners.web.http.limits.fields = 0 is out of range; it must be from 1 to 1000000",
                "listeners.web.http.limit.fields = 5 | boxcar.listeners.web.http.limit is not a known key; did you mean boxcar.listeners.web.http.limits?",
                "upstreams.web.http.mode = http2 | boxcar.upstreams.web.http.mode = http2 is not one of auto, keepalive, pipeline, h2",
                "upstreams.web.http { connections = 5, max-connections = 4 } | boxcar.upstreams.web: http.connections must not be more than http.max-connections",
                "upstreams.web.http.resolve-min = 1 m | boxcar.upstreams.web: http.resolve-min must not be more than http.resolve-max",
                "upstreams.web.http.health-check.path = health | boxcar.upstreams.web.http.health-check.path = health is not a path; write it as in /health, or \"\" for no checks",
                "upstreams.web.http.retry.budget = 101 | boxcar.upstreams.web.http.retry.budget = 101 is out of range; it must be from 0 to 100"
            })
    void namesTheKeyTheMistakeAndTheRemedy(String text, String problem) {
        InvalidConfig e = assertThrows(InvalidConfig.class, () -> load("""
                boxcar {
                  listeners {
                    cache { protocol = redis, listen = "1", upstream = cache }
                    web { protocol = http, listen = "2", upstream = web }
                  }
                  upstreams { cache.endpoints = "3", web.endpoints = "4" }
                """ + text + "\n}"));
        assertEquals(file() + ":7: " + problem, e.getMessage());
    }

    @Test
    void refusesRoutesToAClusterOrBackToTheListener() {
        InvalidConfig e = assertThrows(InvalidConfig.class, () -> load("""
                boxcar {
                  upstreams { main.endpoints = "1", back.endpoints = "2", nodes { endpoints = "3", cluster = true } }
                  listeners.web {
                    protocol = http, listen = "2", upstream = main
                    http.routes = [
                      { path = /a, upstream = back }
                      { path = /b, upstream = nodes }
                    ]
                  }
                }
                """));
        assertEquals(
                List.of(
                        file() + ":7: boxcar.listeners.web.http.routes[1].upstream = nodes is a Redis Cluster"
                                + " (cluster = true), which http does not have; give this listener another upstream,"
                                + " or protocol = redis",
                        file() + ":4: boxcar.listeners.web.listen = 2 is also an endpoint of its own upstream,"
                                + " so requests would go round in a circle; change one of them"),
                e.problems());
    }

    @Test
    void theExampleFitsTheProtocol() {
        InvalidConfig e = assertThrows(
                InvalidConfig.class,
                () -> new ConfigLoader(PROTOCOLS).listener("http", "8080").load());
        assertEquals(
                "--http 8080: is not LISTEN=UPSTREAM; write it as in --http 8080=127.0.0.1:8000",
                e.problems().getFirst());
    }

    private BoxcarConfig load(String text) throws IOException, InvalidConfig {
        Files.writeString(file(), text);
        return new ConfigLoader(PROTOCOLS).file(file()).load();
    }

    private Path file() {
        return dir.resolve("boxcar.conf");
    }
}
