package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Clients that connect to Redis and HTTP servers as ever are carried by a sidecar to those very servers, by rules of a real kernel in a
 * network namespace.
 */
class CaptureTest {
    private static final String PORT = "15001";
    private static final String ADMIN = "127.0.0.1:9464";
    private static final int SIDECAR_USER = 1337;
    private static final int CLIENT_USER = 1000;
    private static final String IPV4 = NetworkNamespace.IPV4;
    private static final String IPV6 = NetworkNamespace.IPV6;

    @SuppressWarnings("NullAway.Init")
    private static NetworkNamespace net;

    @BeforeAll
    static void startServers() throws Exception {
        for (String tool : List.of("nft", "iptables", "redis-server", "redis-cli", "redis-benchmark", "curl")) {
            Tool.assumeOnPath(tool);
        }
        net = NetworkNamespace.create();
        net.start(net.inside(List.of(
                "redis-server", "--bind", IPV4, IPV6, "--protected-mode", "no", "--save", "", "--appendonly", "no")));
        net.start(net.inside(with(net.java(), CapturePeers.class.getName())));
        Eventually.isTrue(
                "Redis answers",
                () -> net.run("redis-cli", "-h", IPV4, "ping").output().contains("PONG"));
        Eventually.isTrue(
                "HTTP is answered",
                () -> net.run("curl", "-s", "http://" + IPV4 + "/").status() == 0);
    }

    @AfterAll
    @SuppressWarnings("NullAway") // a skipped test has none
    static void end() {
        if (net != null) {
            net.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"redirect,nft", "redirect,iptables", "tproxy,nft", "tproxy,iptables"})
    void carriesClientsToWhereTheyWantedInBatches(String mode, String tool) throws Exception {
        String before = rules();
        boolean isRemoved = false;
        try (SidecarProcess sidecar = sidecar(mode)) {
            boxcar(
                    "capture",
                    "apply",
                    "--mode",
                    mode,
                    "--tool",
                    tool,
                    "--to-port",
                    PORT,
                    "--ports",
                    "80,6379,7001-7002");
            String applied = rules();
            assertNotEquals(before, applied);

            assertEquals("OK\n", redis(CLIENT_USER, IPV4, "set", "key", mode + tool));
            assertEquals(mode + tool + "\n", redis(CLIENT_USER, IPV6, "get", "key"));
            net.runAs(CLIENT_USER, "redis-benchmark", "-h", IPV4, "-c", "50", "-n", "10000", "-t", "set", "-q")
                    .orFail();
            String metrics = metrics();
            double batches = metric(metrics, "boxcar_batch_requests_count", "endpoint=\"" + IPV4 + ":6379\"");
            double requests = metric(metrics, "boxcar_batch_requests_sum", "endpoint=\"" + IPV4 + ":6379\"");
            assertTrue(requests >= 10_000 && requests / batches > 2, requests + " requests in " + batches + " batches");
            assertTrue(redis(SIDECAR_USER, IPV4, "client", "list").lines().count() < 10, "few upstream connections");
            assertEquals(1, metric(metrics, "boxcar_upstream_requests_total", "endpoint=\"[" + IPV6 + "]:6379\""));

            assertEquals("via 1.1 boxcar to " + IPV4, curl(CLIENT_USER, "http://" + IPV4 + "/"));
            assertTrue(curl(CLIENT_USER, "http://[" + IPV6 + "]/").startsWith("via 1.1 boxcar to fd71:"));
            assertEquals(CapturePeers.GREETING + "hi" + CapturePeers.LAST_WORD, talk(CapturePeers.GREETING_PORT, "hi"));
            assertEquals("\u0016unknown" + CapturePeers.LAST_WORD, talk(CapturePeers.ECHO_PORT, "\u0016unknown"));

            double captured = metric(metrics(), "boxcar_captured_connections_total", "");
            assertEquals("PONG\n", redis(SIDECAR_USER, IPV4, "ping"));
            assertEquals("via null to " + IPV4, curl(SIDECAR_USER, "http://" + IPV4 + "/"));
            metrics = metrics();
            assertEquals(captured, metric(metrics, "boxcar_captured_connections_total", ""));
            assertEquals(2, metric(metrics, "boxcar_captured_connections_total", "protocol=\"http\""));
            assertEquals(1, metric(metrics, "boxcar_captured_connections_total", "result=\"detect_timeout\""));
            assertEquals(1, metric(metrics, "boxcar_captured_connections_total", "result=\"passthrough\""));
            assertEquals(0, metric(metrics, "boxcar_captured_connections_total", "result=\"loop\""));

            boxcar(
                    "capture",
                    "apply",
                    "--mode",
                    mode,
                    "--tool",
                    tool,
                    "--to-port",
                    PORT,
                    "--ports",
                    "80,6379,7001-7002");
            assertEquals(applied, rules());
            boxcar("capture", "remove");
            assertEquals(before, rules());
            assertEquals("via null to " + IPV4, curl(CLIENT_USER, "http://" + IPV4 + "/"));
            isRemoved = true;
            sidecar.terminate();
            assertEquals(0, sidecar.exitStatus(), sidecar::output);
        } finally {
            if (!isRemoved) {
                boxcar("capture", "remove");
            }
        }
    }

    @Test
    void refusesItsOwnConnectionsIfTheRulesDoNotExcludeThem() throws Exception {
        try (SidecarProcess sidecar = sidecar("redirect", "--set", "loops=2")) {
            boxcar(
                    "capture",
                    "apply",
                    "--to-port",
                    PORT,
                    "--ports",
                    "6379,7002,9465",
                    "--exclude-uid",
                    "none",
                    "--force");
            assertTrue(redis(CLIENT_USER, IPV4, "ping").contains("unreachable"));
            String[] talk = with(net.java(), CapturePeers.class.getName(), IPV4, "7002", "hi")
                    .toArray(String[]::new);
            String heard = net.runAs(CLIENT_USER, talk).output();
            assertFalse(heard.contains(CapturePeers.LAST_WORD), () -> "a way out was found: " + heard);
            // The sidecar's own listener, under an address that it does not know of.
            assertTrue(redis(CLIENT_USER, IPV4, "-p", "9465", "ping").contains("reset"));
            assertTrue(metric(metrics(), "boxcar_captured_connections_total", "result=\"loop\"") >= 3);
            assertTrue(
                    metric(metrics(), "boxcar_clients_accepted_total", "listener=\"outbound\"") < 200,
                    "that is no storm");
            assertTrue(sidecar.output().contains("came from Boxcar itself"), sidecar::output);
        } finally {
            boxcar("capture", "remove");
        }
    }

    @Test
    void saysWhatTproxyTakes() throws Exception {
        List<String> command = with(net.java(), Sidecar.MAIN_CLASS, "run");
        command.addAll(settings("tproxy"));
        Tool.Result result = Tool.run("", 30, net.as(SIDECAR_USER, "", command));
        assertEquals(1, result.status());
        assertTrue(result.output().contains("CAP_NET_ADMIN or CAP_NET_RAW"), result::output);
    }

    @Test
    void saysThatRulesTakeTheCapability() throws Exception {
        List<String> command =
                with(net.java(), Sidecar.MAIN_CLASS, "capture", "apply", "--to-port", PORT, "--tool", "nft");
        Tool.Result result = Tool.run("", 30, net.as(CLIENT_USER, "", command));
        assertEquals(1, result.status());
        assertTrue(result.output().contains("NET_ADMIN"), result::output);
    }

    private static List<String> settings(String mode) {
        return List.of(
                "--admin",
                ADMIN,
                "--set",
                "listeners.outbound.capture=" + mode,
                "--set",
                "listeners.outbound.listen=\"[::]:" + PORT + "\"",
                "--set",
                "listeners.local.protocol=redis",
                "--set",
                "listeners.local.listen=0.0.0.0:9465",
                "--set",
                "listeners.local.upstream=local",
                "--set",
                "upstreams.local.endpoints=" + IPV4 + ":6379");
    }

    private static SidecarProcess sidecar(String mode, String... more) throws Exception {
        List<String> command = with(net.java(), Sidecar.MAIN_CLASS, "run");
        command.addAll(settings(mode));
        command.addAll(List.of(more));
        SidecarProcess sidecar =
                SidecarProcess.started(net.as(SIDECAR_USER, mode.equals("tproxy") ? "net_admin" : "", command));
        sidecar.awaitReady();
        return sidecar;
    }

    private static List<String> with(List<String> command, String... more) {
        List<String> whole = new ArrayList<>(command);
        whole.addAll(List.of(more));
        return whole;
    }

    /** The command line, as root. */
    private static void boxcar(String... arguments) throws Exception {
        List<String> command = with(net.java(), Sidecar.MAIN_CLASS);
        command.addAll(List.of(arguments));
        Tool.run("", 30, net.inside(command)).orFail();
    }

    private static String redis(int user, String host, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("redis-cli", "-h", host));
        command.addAll(List.of(arguments));
        return net.runAs(user, command.toArray(String[]::new)).output();
    }

    private static String curl(int user, String url) throws Exception {
        return net.runAs(user, "curl", "-sS", "--max-time", "10", url).orFail();
    }

    private static String talk(int port, String text) throws Exception {
        return net.runAs(
                        CLIENT_USER,
                        with(net.java(), CapturePeers.class.getName(), IPV4, Integer.toString(port), text)
                                .toArray(String[]::new))
                .orFail()
                .replaceFirst("^Picked up .*\n", ""); // so a JVM begins that was given options by the environment
    }

    /** All that a kernel keeps of rules, without counters, times, and the tables that iptables leaves empty. */
    private static String rules() throws Exception {
        return Stream.of(
                        net.run("nft", "-s", "list", "tables", "inet").orFail(),
                        net.run("nft", "-s", "list", "table", "inet", "boxcar").output(),
                        net.run("iptables-save").orFail(),
                        net.run("ip6tables-save").orFail(),
                        net.run("ip", "-4", "rule").orFail(),
                        net.run("ip", "-6", "rule").orFail(),
                        net.run("ip", "-4", "route", "show", "table", "133").output(),
                        net.run("ip", "-6", "route", "show", "table", "133").output())
                .flatMap(String::lines)
                .filter(line -> !line.isBlank() && !"#*:".contains(line.substring(0, 1)))
                .filter(line -> !line.startsWith("COMMIT")
                        && !line.startsWith("Error")
                        && !line.startsWith("Dump")
                        && !line.contains("^"))
                .collect(Collectors.joining("\n"));
    }

    private static String metrics() throws Exception {
        return net.run("curl", "-sS", "http://" + ADMIN + "/metrics").orFail();
    }

    /** The sum of the samples of this name that have these labels. */
    private static double metric(String metrics, String name, String labels) {
        Pattern sample = Pattern.compile(Pattern.quote(name) + "\\{(.*)\\} (\\S+)");
        double sum = 0;
        for (String line : metrics.split("\n", -1)) {
            Matcher matcher = sample.matcher(line);
            if (matcher.matches() && matcher.group(1).contains(labels)) {
                sum += Double.parseDouble(matcher.group(2));
            }
        }
        return sum;
    }
}
