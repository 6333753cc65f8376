package io.boxcar.loadtest;

import io.boxcar.proxy.CliCommand;
import io.boxcar.proxy.HelpOption;
import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code boxcar demo}: shows on this machine what the sidecar does for Redis, then stays up to be tried. */
@Command(
        name = "demo",
        description = {
            "Starts an embedded Redis with a sidecar in front, puts the same load on Redis directly and through the"
                    + " sidecar, and prints both as a table. Then stays up to be tried, until Ctrl-C."
        })
public final class DemoCommand implements CliCommand, Callable<Integer> {
    private static final Address.Tcp ORIGIN = Loopback.port(7000);
    private static final Address.Tcp SIDECAR = Loopback.port(6380);
    private static final Address.Tcp ADMIN = Loopback.port(9464);

    @Mixin
    private final HelpOption help = new HelpOption();

    @Option(names = "--once", description = "Exit after the table.")
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
            description = "Measured seconds per phase, default ${DEFAULT-VALUE}; there are six, and a warm-up.")
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
            Address.Tcp origin = freeOr(ORIGIN, "Redis");
            Address.Tcp sidecar = freeOr(SIDECAR, "the sidecar");
            Address.Tcp admin = freeOr(ADMIN, "the sidecar's admin interface");
            long phaseNs = (long) (seconds * 1e9);
            try (Demo demo =
                    Demo.start(children, progress, connections, phaseNs, sidecarMainClass, origin, sidecar, admin)) {
                return show(demo, origin, sidecar, admin);
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

    private int show(Demo demo, Address.Tcp origin, Address.Tcp sidecar, Address.Tcp admin)
            throws IOException, InterruptedException {
        DemoReport report = demo.measure();
        System.out.println();
        System.out.print(report.table());
        System.out.println();
        System.out.println(report.summary());
        String trouble = report.trouble();
        if (!trouble.isEmpty()) {
            System.out.flush();
            System.err.println("boxcar demo: not every request got its response\n" + trouble.strip());
            return 1;
        }
        if (!once) {
            System.out.printf("""

                    It stays up for you to try:
                      redis-cli -p %d set greeting hello     through Boxcar
                      redis-cli -p %d get greeting           direct to Redis
                      curl http://%s/metrics
                    Ctrl-C ends it.
                    """, sidecar.port(), origin.port(), admin);
            System.out.flush();
            new StopSignal().await();
            System.out.println();
            System.out.println("stopping");
        }
        return 0;
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
