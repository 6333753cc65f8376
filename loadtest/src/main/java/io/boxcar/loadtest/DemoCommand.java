package io.boxcar.loadtest;

import io.boxcar.proxy.CliCommand;
import io.boxcar.proxy.HelpOption;
import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code boxcar demo}: shows on this machine what the sidecar does for Redis and HTTP, then stays up to be tried. */
@Command(
        name = "demo",
        description = {
            "Starts an embedded Redis and an HTTP origin with a sidecar in front, puts the same load on either directly"
                    + " and through the sidecar, and prints a table for each. Then stays up to be tried, until Ctrl-C."
        })
public final class DemoCommand implements CliCommand, Callable<Integer> {
    private static final Address.Tcp REDIS_ORIGIN = Loopback.port(7000);
    private static final Address.Tcp REDIS = Loopback.port(6380);
    private static final Address.Tcp HTTP_ORIGIN = Loopback.port(8000);
    private static final Address.Tcp HTTP = Loopback.port(8080);
    private static final Address.Tcp ADMIN = Loopback.port(9464);

    @Mixin
    private final HelpOption help = new HelpOption();

    @Option(names = "--once", description = "Exit after the tables.")
    private boolean once;

    @Option(
            names = "--connections",
            paramLabel = "N",
            defaultValue = "500",
            description = "Client connections, default ${DEFAULT-VALUE}.")
    private int connections;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "2.5",
            description =
                    "Measured seconds per phase, default ${DEFAULT-VALUE}; there are six, and a warm-up, for each.")
    private double seconds;

    /** Replaced in tests. */
    String sidecarMainClass = Sidecar.MAIN_CLASS;

    @Override
    public Object command() {
        return this;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (connections < 1 || seconds <= 0) {
            System.err.println("boxcar demo: --connections and --seconds must be more than 0");
            return 2;
        }
        Children children = new Children();
        Progress progress = Progress.onStandardOutput();
        try {
            Demo.Addresses addresses = new Demo.Addresses(
                    freeOr(REDIS_ORIGIN, "Redis"),
                    freeOr(REDIS, "the sidecar, for Redis,"),
                    freeOr(HTTP_ORIGIN, "the HTTP origin"),
                    freeOr(HTTP, "the sidecar, for HTTP,"),
                    freeOr(ADMIN, "the sidecar's admin interface"));
            long phaseNs = (long) (seconds * 1e9);
            try (Demo demo = Demo.start(children, progress, connections, phaseNs, sidecarMainClass, addresses)) {
                return show(demo, addresses);
            }
        } catch (IOException e) {
            progress.clear();
            if (children.areStopping()) {
                return 1; // asked to stop; that the load then fails is no news
            }
            System.err.println("boxcar demo: " + e.getMessage());
            return 1;
        }
    }

    private int show(Demo demo, Demo.Addresses addresses) throws IOException, InterruptedException {
        String trouble = show(demo.measureRedis()) + show(demo.measureHttp());
        if (!trouble.isEmpty()) {
            System.out.flush();
            System.err.println("boxcar demo: not every request got its response\n" + trouble.strip());
            return 1;
        }
        if (!once) {
            System.out.printf(
                    """

                    It stays up for you to try:
                      redis-cli -p %d set greeting hello     through Boxcar
                      redis-cli -p %d get greeting           direct to Redis
                      curl http://%s/echo       through Boxcar
                      curl http://%s/echo       direct to the HTTP origin
                      curl http://%s/metrics
                    Ctrl-C ends it.
                    """,
                    addresses.redis().port(),
                    addresses.redisOrigin().port(),
                    addresses.http(),
                    addresses.httpOrigin(),
                    addresses.admin());
            System.out.flush();
            new StopSignal().await();
            System.out.println();
            System.out.println("stopping");
        }
        return 0;
    }

    /** Prints one protocol's figures; what went wrong there. */
    private static String show(DemoReport report) {
        System.out.println();
        System.out.print(report.table());
        System.out.println();
        System.out.println(report.summary());
        System.out.flush();
        return report.trouble();
    }

    private static Address.Tcp freeOr(Address.Tcp wanted, String whose) throws IOException {
        if (Loopback.isFree(wanted.port())) {
            return wanted;
        }
        Address.Tcp other = Loopback.freePort();
        System.out.println("port " + wanted.port() + " is taken, " + whose + " uses " + other.port() + " instead");
        return other;
    }
}
