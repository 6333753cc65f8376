package io.boxcar.loadtest.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code boxcar compare redis} and {@code boxcar compare http}. */
final class CompareOptions {
    private static final long WARMUP_NS = 400_000_000;
    private static final String NO_PEER = "none";

    @Option(
            names = "--cases",
            paramLabel = "CASES",
            split = ",",
            description = {
                "What to run, separated by commas: CONNECTIONSxPIPELINE, as 500x1, is a closed loop; open-CONNECTIONS an open"
                        + " one, at half of the top rate of the best known other proxy (twemproxy, haproxy).",
                "Default for Redis: 500x1,50x1,50x16,5000x1,1x1,open-500,open-50; for HTTP: 500,50,1,open-500,open-50."
            })
    private @Nullable List<String> cases;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "5",
            description = "Windows for each case and path, default ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "3",
            description = "Length of a window, default ${DEFAULT-VALUE}.")
    private double seconds;

    @Option(
            names = "--warmup",
            paramLabel = "SECONDS",
            defaultValue = "8",
            description = "Load on Boxcar before the first round, for each case, default ${DEFAULT-VALUE}.")
    private double warmup;

    @Option(
            names = "--only",
            paramLabel = "PEERS",
            split = ",",
            description =
                    "Leave out all other proxies but these, separated by commas, as --only twemproxy; --only none for all.")
    private @Nullable List<String> only;

    @Option(names = "--predixy", paramLabel = "PATH", description = "The program predixy, if it is not on the PATH.")
    private @Nullable Path predixy;

    @Option(
            names = "--camellia",
            paramLabel = "JAR",
            description = "The JAR of camellia-redis-proxy-bootstrap, which runs on the same Java as this.")
    private @Nullable Path camellia;

    @Option(names = "--envoy", paramLabel = "PATH", description = "The program envoy, if it is not on the PATH.")
    private @Nullable Path envoy;

    @Option(
            names = "--boxcar",
            paramLabel = "DIR",
            description = "The distribution of Boxcar to measure (DIR/bin/boxcar); default is this one.")
    private @Nullable Path boxcar;

    @Option(
            names = "--loops",
            paramLabel = "N",
            defaultValue = "1",
            description = "Event loops of Boxcar, default ${DEFAULT-VALUE}, as many as the others have.")
    private int loops;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "A setting for Boxcar, as for boxcar run; repeatable.")
    private List<String> settings = new ArrayList<>();

    @Option(
            names = "--variant",
            paramLabel = "NAME:KEY=VALUE,...",
            description = {
                "One more Boxcar with other settings or JVM options; repeatable.",
                "--variant epoll:transport=epoll --variant g1:-XX:+UseG1GC,-Xmx512m"
            })
    private List<String> variants = new ArrayList<>();

    @Option(
            names = "--pin",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description =
                    "Give the proxy a CPU of its own, and load generator and server the others; on where there are two"
                            + " CPUs and taskset. --no-pin leaves it to the scheduler.")
    private boolean pin;

    @Option(
            names = "--strace",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description =
                    "Count system calls after the rounds, where strace is there and allowed; --no-strace leaves it out.")
    private boolean strace;

    @Option(names = "--html", paramLabel = "FILE", description = "Write a page with tables, plots and configurations.")
    private @Nullable Path html;

    @Option(names = "--json", paramLabel = "FILE", description = "Write every figure of every round as JSON.")
    private @Nullable Path json;

    @Option(
            names = "--svg",
            paramLabel = "FILE",
            description = "Write one picture: CPU per request (Redis), rate (HTTP).")
    private @Nullable Path svg;

    @Option(names = "--markdown", paramLabel = "FILE", description = "Write the tables as Markdown.")
    private @Nullable Path markdown;

    CompareOptions() {}

    /** @throws IllegalArgumentException when something cannot be as it was asked for; says what */
    ComparePlan plan(Protocol protocol) {
        if (!(seconds > 0 && seconds <= 3600)) {
            throw new IllegalArgumentException("--seconds is " + seconds + "; allowed is more than 0, to 3600");
        }
        if (!(warmup >= 0 && warmup <= 3600)) {
            throw new IllegalArgumentException("--warmup is " + warmup + "; allowed is 0 to 3600");
        }
        if (loops < 1) {
            throw new IllegalArgumentException("--loops must be at least 1");
        }
        List<String> names = cases == null ? List.of(protocol.usualCases().split(",", -1)) : cases;
        List<String> common = new ArrayList<>(List.of("loops=" + loops));
        common.addAll(settings);
        List<BoxcarVariant> boxcars = new ArrayList<>(List.of(new BoxcarVariant(Results.BOXCAR, common, List.of())));
        variants.forEach(variant -> boxcars.add(BoxcarVariant.parse(variant, common)));
        if (boxcar != null && !Files.isExecutable(boxcar.resolve("bin/boxcar"))) {
            throw new IllegalArgumentException("--boxcar: there is no program " + boxcar.resolve("bin/boxcar"));
        }
        return new ComparePlan(
                protocol,
                names.stream().map(Case::parse).toList(),
                rounds,
                (long) (seconds * 1e9),
                Math.min(WARMUP_NS, (long) (seconds * 1e9)),
                (long) (warmup * 1e9),
                boxcars,
                boxcar,
                peers(protocol),
                programs(),
                pin,
                strace);
    }

    private Set<String> peers(Protocol protocol) {
        if (only == null) {
            return Set.of();
        }
        Set<String> known = Peer.of(protocol).stream().map(Peer::title).collect(Collectors.toSet());
        for (String peer : only) {
            if (!peer.equals(NO_PEER) && !known.contains(peer)) {
                throw new IllegalArgumentException("--only: '" + peer + "' is not among "
                        + String.join(", ", known.stream().sorted().toList()));
            }
        }
        return Set.copyOf(only);
    }

    private Map<String, String> programs() {
        Map<String, @Nullable Path> named = new LinkedHashMap<>();
        named.put("predixy", predixy);
        named.put("camellia", camellia);
        named.put("envoy", envoy);
        Map<String, String> programs = new LinkedHashMap<>();
        named.forEach((name, path) -> {
            if (path != null) {
                if (!Files.isReadable(path)) {
                    throw new IllegalArgumentException("--" + name + ": there is no file " + path);
                }
                programs.put(name, path.toString());
            }
        });
        return programs;
    }

    /** Writes the files that were asked for. */
    void write(Comparison.Outcome outcome) throws IOException {
        if (html != null) {
            new ComparePage(outcome).page().write(html);
        }
        if (json != null) {
            Files.writeString(json, new CompareJson(outcome).text());
        }
        if (svg != null) {
            Files.writeString(svg, new ComparePage(outcome).summary().svg());
        }
        if (markdown != null) {
            Files.writeString(markdown, new CompareTables(outcome).markdown());
        }
    }
}
