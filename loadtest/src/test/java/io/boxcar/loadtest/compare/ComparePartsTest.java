package io.boxcar.loadtest.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.loadtest.GeneratorCost;
import io.boxcar.loadtest.LoadResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

final class ComparePartsTest {
    private static final Case MANY = Case.parse("500x1");

    @Test
    void readsCases() {
        assertEquals(new Case(false, 50, 16), Case.parse("50x16"));
        assertEquals(new Case(false, 50, 1), Case.parse("50"));
        assertEquals(new Case(true, 500, 1), Case.parse("open-500"));
        assertEquals("open-500", Case.parse("open-500").name());
        for (String wrong : new String[] {"", "x", "0x1", "50x", "open", "open-5x2", "999999"}) {
            assertThrows(IllegalArgumentException.class, () -> Case.parse(wrong), wrong);
        }
    }

    @Test
    void takesMedianAndRangeOfWhatIsKnown() {
        assertEquals(new Spread(2, 1, 9), Spread.of(9, 1, 2));
        assertEquals(new Spread(1.5, 1, 2), Spread.of(Double.NaN, 2, 1));
        assertEquals("2.0 (1.0-9.0)", Spread.of(9, 1, 2).text("%.1f"));
        assertEquals("2.0", Spread.of(2.01, 2.02).text("%.1f"));
        assertFalse(Spread.of(Double.NaN).isKnown());
        assertEquals("n/a", Spread.NONE.text("%.1f"));
    }

    @Test
    void dividesWindowsOfTheSameRound() {
        Results results = new Results(List.of("direct", "Boxcar"));
        results.add(MANY, "direct", window(100, 0, 900));
        results.add(MANY, "direct", window(100, 0, 1_800));
        results.add(MANY, "Boxcar", window(100, 400, 500));
        results.add(MANY, "Boxcar", window(100, 400, 500));
        assertEquals(new Spread(0.75, 0.5, 1), results.ratio(Measure.SUM_CPU, MANY, "Boxcar", MANY, "direct"));
    }

    @Test
    void judgesTargetsAndSaysByHowMuchOneIsMissed() {
        Results results = new Results(List.of("direct", "Boxcar", "twemproxy", "predixy"));
        results.add(MANY, "direct", window(100, 0, 800));
        results.add(MANY, "Boxcar", window(100, 680, 100));
        results.add(MANY, "twemproxy", window(100, 1_000, 300));
        results.add(MANY, "predixy", window(100, 700, 100));
        List<Targets.Verdict> verdicts = Targets.judge(Protocol.REDIS, results);
        assertEquals(
                List.of("met", "missed by 30 %", "met"),
                verdicts.stream().map(Targets.Verdict::text).toList());
        assertEquals(
                "500x1: CPU of proxy and server <= 1.0 x direct",
                verdicts.getFirst().target().text());
        assertEquals("predixy", verdicts.get(1).other()); // the best of the peers, not Boxcar and not the direct path
    }

    @Test
    void readsVariantsWithSettingsAndJvmOptions() {
        BoxcarVariant variant = BoxcarVariant.parse("g1:transport=epoll,-XX:+UseG1GC,-Xmx1g", List.of("loops=1"));
        assertEquals("Boxcar g1", variant.name());
        assertEquals(List.of("loops=1", "transport=epoll"), variant.settings());
        List<String> command = variant.launcher(null);
        assertTrue(command.contains("-XX:+UseG1GC"), command.toString());
        assertFalse(command.contains("-XX:+UseSerialGC"), command.toString());
        assertEquals(command.indexOf("-cp") - 1, command.indexOf("-Xmx1g"), command.toString());
        assertEquals(
                List.of("env", "BOXCAR_JAVA_OPTS=-XX:+UseG1GC -Xmx1g", "/opt/boxcar/bin/boxcar"),
                variant.launcher(Path.of("/opt/boxcar")));
        for (String wrong : new String[] {"g1", ":a=b", "g1:", "g1:epoll"}) {
            assertThrows(IllegalArgumentException.class, () -> BoxcarVariant.parse(wrong, List.of()), wrong);
        }
    }

    @Test
    void readsSocketsAndWhatWentThroughThem() {
        String line = "0  0  127.0.0.1:%d  127.0.0.1:6379 cubic segs_out:15 data_segs_out:%d data_segs_in:1\n";
        UpstreamSockets before = UpstreamSockets.parse(line.formatted(1000, 5) + line.formatted(1001, 7));
        UpstreamSockets after =
                UpstreamSockets.parse(line.formatted(1000, 25) + line.formatted(1001, 7) + line.formatted(1002, 3));
        assertEquals(new UpstreamSockets.Traffic(23, 2), after.since(before));
        assertTrue(Double.isNaN(UpstreamSockets.parse("").since(before).packets()));
    }

    @Test
    void readsTheTotalOfStrace() {
        String table = """
                % time     seconds  usecs/call     calls    errors syscall
                ------ ----------- ----------- --------- --------- ----------------
                 60.00    0.000060           1        60         2 read
                ------ ----------- ----------- --------- --------- ----------------
                100.00    0.102030           1     97531        12 total
                """;
        assertEquals(97_531, CallTracer.total(table));
        assertTrue(Double.isNaN(CallTracer.total("")));
    }

    @Test
    void readsListsOfCpus() {
        assertEquals(List.of(0, 1, 2, 5), Pinning.parse("0-2,5"));
        assertEquals(List.of(3), Pinning.parse("3"));
    }

    @Test
    void fillsInEveryPlaceOfEveryConfiguration() throws Exception {
        Map<String, String> values =
                Map.of("listen", "1001", "upstream", "1002", "folder", "/f", "files", "9", "clients", "4");
        for (Peer peer : Peer.values()) {
            String text = new Template(peer.template()).fill(values);
            assertTrue(text.contains("1001") && text.contains("1002"), text);
            assertTrue(text.startsWith("#"), text);
        }
        assertThrows(IOException.class, () -> new Template("haproxy.cfg").fill(Map.of()));
    }

    @Test
    void keepsApartWhatFailedOnWhichPath() {
        Results results = new Results(List.of("direct", "Boxcar"));
        results.fail(MANY, "Boxcar", "connection refused");
        assertEquals("Boxcar, 500x1: connection refused\n", results.trouble("Boxcar"));
        assertEquals("", results.trouble("direct"));
    }

    @Test
    void refusesAPlanThatMeasuresNothing() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new ComparePlan(
                        Protocol.HTTP, List.of(), 1, 1, 0, 0, List.of(), null, Set.of(), Map.of(), true, true));
    }

    private static Window window(long requests, double proxyCpuUs, double serverCpuUs) {
        return new Window(load(requests), proxyCpuUs * 1e3, serverCpuUs * 1e3, 0, 0, 0, 0, 0);
    }

    private static LoadResult load(long requests) {
        return new LoadResult(requests, 0, Map.of(), 1, new Histogram(3), List.of(), GeneratorCost.UNKNOWN, List.of());
    }
}
