package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.boxcar.proxy.config.Address;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code boxcar run} as a process of its own, to be sent signals and asked for its exit status. */
final class SidecarProcess implements AutoCloseable {
    private static final Pattern ROUTE = Pattern.compile("boxcar ready in .*: redis (\\S+) -> .*");
    private static final Pattern READY = Pattern.compile("boxcar ready in .*");
    private static final Pattern ADMIN = Pattern.compile(".* admin on (http://\\S+)");
    private static final long PATIENCE_SECONDS = 30;

    private final Process process;
    private final List<String> output = new CopyOnWriteArrayList<>();
    private final Thread reader;

    private SidecarProcess(Process process) {
        this.process = process;
        this.reader = Thread.ofVirtual().start(this::read);
    }

    /** Serves {@code upstream} on a port that the system chooses, and waits until it says so. */
    static SidecarProcess serving(Address upstream, String... settings) throws IOException {
        List<String> arguments =
                new ArrayList<>(List.of("--redis", "127.0.0.1:0=" + upstream, "--admin", "127.0.0.1:0"));
        for (String setting : settings) {
            arguments.addAll(List.of("--set", setting));
        }
        SidecarProcess sidecar = run(arguments);
        sidecar.find(ROUTE);
        return sidecar;
    }

    static SidecarProcess run(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Sidecar.MAIN_CLASS,
                "run"));
        command.addAll(arguments);
        return started(command);
    }

    /** {@code command} becomes, with its process ID, a {@code boxcar run}. */
    static SidecarProcess started(List<String> command) throws IOException {
        return new SidecarProcess(
                new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    void awaitReady() {
        find(READY);
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                output.add(line);
            }
        } catch (IOException e) {
            output.add(e.toString());
        }
    }

    private Matcher find(Pattern pattern) {
        Eventually.isTrue(pattern + " in " + output, () -> {
            assertTrue(
                    process.isAlive()
                            || output.stream()
                                    .anyMatch(line -> pattern.matcher(line).matches()),
                    () -> "it ended: " + output);
            return output.stream().anyMatch(line -> pattern.matcher(line).matches());
        });
        for (String line : output) {
            Matcher matcher = pattern.matcher(line);
            if (matcher.matches()) {
                return matcher;
            }
        }
        throw new IllegalStateException();
    }

    Address address() {
        return Address.parse(find(ROUTE).group(1));
    }

    Wire connect() throws IOException {
        return Wire.open(address());
    }

    /** Where its admin server is. */
    URI admin() {
        return URI.create(find(ADMIN).group(1));
    }

    /** Asks the admin server. */
    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return ask(HttpRequest.newBuilder(URI.create(find(ADMIN).group(1) + path)));
    }

    HttpResponse<String> post(String path) throws IOException, InterruptedException {
        return ask(HttpRequest.newBuilder(URI.create(find(ADMIN).group(1) + path))
                .POST(HttpRequest.BodyPublishers.noBody()));
    }

    private static HttpResponse<String> ask(HttpRequest.Builder request) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    request.timeout(Duration.ofSeconds(PATIENCE_SECONDS)).build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    /** A sample of {@code /metrics}, the sum over its labels. */
    long metric(String name) throws IOException, InterruptedException {
        return (long)
                new Sidecar.PrometheusText(get("/metrics").body()).sum(name).orElseThrow();
    }

    /** Not by {@link Process#destroy}, which would also close the pipe with its last words. */
    void terminate() throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-TERM", Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Waits for its end. */
    int exitStatus() throws InterruptedException {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            fail("it did not end: " + output);
        }
        reader.join();
        return process.exitValue();
    }

    String output() {
        return String.join("\n", output);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
