package io.boxcar.loadtest;

import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * A Boxcar that runs as a child process, so that its CPU time can be read apart from that of the load: the same Java,
 * JVM flags and class path as this process. Owned by one thread.
 */
public final class Sidecar implements AutoCloseable {
    public static final String MAIN_CLASS = "io.boxcar.proxy.Main";

    private static final String READY = "boxcar ready in ";
    private static final long READY_TIMEOUT_MS = 20_000;
    private static final int ADMIN_TIMEOUT_MS = 5_000;

    /** One listener, as on the command line: {@code --protocol listen=upstream}. */
    public record Route(String protocol, Address.Tcp listen, Address upstream) {}

    private final Child child;
    private final List<Route> routes;
    private final Address.Tcp admin;

    private Sidecar(Child child, List<Route> routes, Address.Tcp admin) {
        this.child = child;
        this.routes = routes;
        this.admin = admin;
    }

    /**
     * Starts {@code mainClass run} with a listener for each of {@code routes}, and waits for its ready line.
     *
     * @throws IOException when it does not become ready, with what it said
     */
    static Sidecar start(Children children, String mainClass, List<Route> routes, Address.Tcp admin)
            throws IOException, InterruptedException {
        List<String> launcher = javaCommand();
        launcher.add(mainClass);
        return start(children, launcher, List.of(), routes, admin);
    }

    /**
     * Starts {@code launcher run}.
     *
     * @param launcher the command line up to the name of the subcommand
     * @param settings {@code KEY=VALUE} as after {@code --set}
     * @throws IOException when it does not become ready, with what it said
     */
    public static Sidecar start(
            Children children, List<String> launcher, List<String> settings, List<Route> routes, Address.Tcp admin)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(launcher);
        command.add("run");
        settings.forEach(setting -> command.addAll(List.of("--set", setting)));
        for (Route route : routes) {
            command.addAll(List.of("--" + route.protocol(), route.listen() + "=" + route.upstream()));
        }
        command.addAll(List.of("--admin", admin.toString()));
        Child child = children.spawn("sidecar", command);
        try {
            child.awaitLine(line -> line.startsWith(READY), READY_TIMEOUT_MS);
            return new Sidecar(child, routes, admin);
        } catch (IOException | InterruptedException | RuntimeException e) {
            child.kill();
            throw e;
        }
    }

    /** How this JVM was started, up to the main class. */
    public static List<String> javaCommand() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (!belongsToThisProcessOnly(flag)) {
                command.add(flag);
            }
        }
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        return command;
    }

    /** Agents and recordings own a port or a file, which two processes cannot share. */
    private static boolean belongsToThisProcessOnly(String flag) {
        return flag.startsWith("-agentlib:")
                || flag.startsWith("-agentpath:")
                || flag.startsWith("-javaagent:")
                || flag.startsWith("-Xrun")
                || flag.startsWith("-XX:AOTCacheOutput")
                || flag.startsWith("-XX:AOTMode")
                || flag.startsWith("-XX:AOTConfiguration")
                || flag.startsWith("-XX:StartFlightRecording")
                || flag.startsWith("-Dcom.sun.management.jmxremote");
    }

    /** Where its first route listens. */
    public Address.Tcp listen() {
        return routes.getFirst().listen();
    }

    /** Process ID. */
    public long pid() {
        return child.pid();
    }

    public boolean isAlive() {
        return child.isAlive();
    }

    /** Its end, or its last output; to be appended to an error message. */
    public String describeEnd() {
        return child.describeEnd();
    }

    /** The metrics at this moment, in the Prometheus text format. */
    public PrometheusText metrics() throws IOException {
        URI uri = URI.create("http://" + admin + "/metrics");
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        connection.setConnectTimeout(ADMIN_TIMEOUT_MS);
        connection.setReadTimeout(ADMIN_TIMEOUT_MS);
        try (InputStream body = connection.getInputStream()) {
            return new PrometheusText(new String(body.readAllBytes(), StandardCharsets.UTF_8));
        } finally {
            connection.disconnect();
        }
    }

    /** SIGTERM, upon which it drains, and SIGKILL if it does not end. */
    @Override
    public void close() {
        child.close();
    }

    /** A scrape, read for single numbers. */
    public record PrometheusText(String text) {
        /** The sum over all label sets of the sample {@code name}; empty if there is none. */
        public OptionalDouble sum(String name) {
            return text.lines()
                    .filter(line -> line.startsWith(name)
                            && line.length() > name.length()
                            && (line.charAt(name.length()) == '{' || line.charAt(name.length()) == ' '))
                    .mapToDouble(line -> Double.parseDouble(valueOf(line, name.length())))
                    .reduce(Double::sum);
        }

        private static String valueOf(String line, int afterName) {
            int afterLabels = line.charAt(afterName) == '{' ? line.lastIndexOf('}') + 1 : afterName;
            return line.substring(afterLabels).strip().split(" ", -1)[0];
        }
    }
}
