package io.boxcar.loadtest.compare;

import io.boxcar.loadtest.Child;
import io.boxcar.loadtest.Children;
import io.boxcar.loadtest.LoadWatcher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Counts system calls with {@code strace -c -f} while a window lasts. It slows what it watches, several times over, so it
 * has windows of its own, whose other figures are thrown away. Owned by the thread that makes the load.
 */
final class CallTracer implements LoadWatcher {
    private static final long ATTACH_TIMEOUT_MS = 5_000;

    private final Children children;
    private final Path folder;
    private final Processes proxy;
    private final Processes server;
    private final List<Child> tracers = new ArrayList<>();

    CallTracer(Children children, Path folder, Processes proxy, Processes server) {
        this.children = children;
        this.folder = folder;
        this.proxy = proxy;
        this.server = server;
    }

    @Override
    public void windowOpened() throws IOException {
        try {
            attach(server, serverFile());
            if (!proxy.pids().isEmpty()) {
                attach(proxy, proxyFile());
            }
        } catch (IOException | RuntimeException e) {
            detach();
            throw e;
        }
    }

    /**
     * As many requests were on their way when the window opened, and are counted with it, as were when it closed: strace sees
     * the calls for these instead, so it has to stay until they are answered.
     */
    @Override
    public void ended(long responses) {
        detach();
    }

    /** @param requests what the load counted in the window */
    SystemCalls perRequest(long requests) throws IOException {
        double server = total(Files.readString(serverFile())) / requests;
        double ofProxy = proxy.pids().isEmpty() ? 0 : total(Files.readString(proxyFile())) / requests;
        return new SystemCalls(ofProxy, server);
    }

    /** The sum in the last line of the table that strace writes; not a number if there is none. */
    static double total(String table) {
        // % time     seconds  usecs/call     calls    errors syscall
        // 100.00    0.102030           1     97531        12 total
        return table.lines()
                .filter(line -> line.endsWith(" total"))
                .mapToDouble(line -> Double.parseDouble(line.strip().split("\\s+", -1)[3]))
                .findFirst()
                .orElse(Double.NaN);
    }

    private void attach(Processes processes, Path file) throws IOException {
        List<String> command = new ArrayList<>(List.of("strace", "-c", "-f", "-o", file.toString()));
        processes.pids().forEach(pid -> command.addAll(List.of("-p", Long.toString(pid))));
        Child tracer = children.spawn("strace", command);
        tracers.add(tracer);
        try {
            // One line for each process; threads are attached together with the process.
            String last = "Process " + processes.pids().getLast() + " attached";
            tracer.awaitLine(line -> line.contains(last), ATTACH_TIMEOUT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while strace attached", e);
        }
    }

    /** SIGTERM: strace lets go, and writes its table. */
    private void detach() {
        tracers.forEach(Child::close);
        tracers.clear();
    }

    private Path proxyFile() {
        return folder.resolve("strace-proxy");
    }

    private Path serverFile() {
        return folder.resolve("strace-server");
    }
}
