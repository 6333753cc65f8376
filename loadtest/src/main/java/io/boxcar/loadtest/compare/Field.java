package io.boxcar.loadtest.compare;

import io.boxcar.loadtest.Child;
import io.boxcar.loadtest.Children;
import io.boxcar.loadtest.Loopback;
import io.boxcar.loadtest.Progress;
import io.boxcar.loadtest.Sidecar;
import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** All that takes part: the server and the paths to it, running from the first round to the last. Owned by one thread. */
final class Field implements AutoCloseable {
    private static final int FILES_BESIDE =
            100; // what a proxy has open besides one pair of connections for each client
    private static final long READY_TIMEOUT_MS = 30_000;

    private final UpstreamServer server;
    private final List<Contender> contenders;
    private final Map<String, String> configurations;
    private final List<String> versions;
    private final List<String> absent;

    private Field(
            UpstreamServer server,
            List<Contender> contenders,
            Map<String, String> configurations,
            List<String> versions,
            List<String> absent) {
        this.server = server;
        this.contenders = contenders;
        this.configurations = configurations;
        this.versions = versions;
        this.absent = absent;
    }

    /**
     * Starts the server, the Boxcars and every peer that is there.
     *
     * @param folder for configurations; its files are gone when whoever made it removes it
     * @param files how many files each of them may open
     * @throws IOException when the server or a Boxcar does not start; says which, and what it said
     */
    static Field start(ComparePlan plan, Children children, Path folder, int files, Pinning pinning, Progress progress)
            throws IOException, InterruptedException {
        progress.step("starting the server");
        UpstreamServer server = UpstreamServer.start(plan.protocol(), children, folder, files);
        Field field = new Field(server, new ArrayList<>(), new LinkedHashMap<>(), new ArrayList<>(), new ArrayList<>());
        try {
            field.configurations.put("server: " + server.name(), server.configuration());
            field.versions.add(server.version());
            field.contenders.add(Contender.direct(server.address()));
            for (BoxcarVariant boxcar : plan.boxcars()) {
                progress.step("starting " + boxcar.name());
                field.addBoxcar(plan, children, boxcar, pinning);
            }
            for (Peer peer : Peer.of(plan.protocol())) {
                field.addPeer(plan, children, peer, folder, files, pinning, progress);
            }
            return field;
        } catch (IOException | InterruptedException | RuntimeException e) {
            field.close();
            throw e;
        }
    }

    private void addBoxcar(ComparePlan plan, Children children, BoxcarVariant boxcar, Pinning pinning)
            throws IOException, InterruptedException {
        List<String> launcher = new ArrayList<>(pinning.commandPrefix());
        launcher.addAll(boxcar.launcher(plan.distribution()));
        Sidecar.Route route = new Sidecar.Route(plan.protocol().key(), Loopback.freePort(), server.address());
        Sidecar sidecar = Sidecar.start(children, launcher, boxcar.settings(), List.of(route), Loopback.freePort());
        contenders.add(Contender.boxcar(boxcar.name(), sidecar));
        configurations.put(
                boxcar.name(),
                boxcar.describe("--" + route.protocol() + " " + route.listen() + "=" + route.upstream())
                        + "\n\n# the whole command line\n" + String.join(" ", launcher));
    }

    private void addPeer(
            ComparePlan plan, Children children, Peer peer, Path folder, int files, Pinning pinning, Progress progress)
            throws IOException, InterruptedException {
        if (!plan.only().isEmpty() && !plan.only().contains(peer.title())) {
            return;
        }
        String program = plan.programs().get(peer.title());
        if (program == null && !peer.program().isEmpty()) {
            program = Programs.find(peer.program());
        }
        if (program == null) {
            absent.add(
                    peer.program().isEmpty()
                            ? peer.title() + " (name its JAR with --" + peer.title() + ")"
                            : peer.title() + " (no " + peer.program() + " on the PATH)");
            return;
        }
        progress.step("starting " + peer.title());
        Address.Tcp listen = Loopback.freePort();
        Template template = new Template(peer.template());
        String text = template.fill(Map.of(
                "listen", Integer.toString(listen.port()),
                "upstream", Integer.toString(server.address().port()),
                "folder", folder.toString(),
                "files", Integer.toString(files),
                "clients", Integer.toString((files - FILES_BESIDE) / 2)));
        List<String> peerCommand = peer.command(
                program, template.write(folder, text), Loopback.freePort().port());
        List<String> command = new ArrayList<>(pinning.commandPrefix());
        command.addAll(peerCommand);
        Child child = children.spawn(peer.title(), command);
        try {
            awaitListening(peer.title(), child, listen);
        } catch (IOException e) {
            absent.add(String.valueOf(e.getMessage())); // the others can still be compared
            return;
        }
        contenders.add(Contender.peer(peer.title(), listen, child));
        configurations.put(peer.title(), text + "\n# " + String.join(" ", peerCommand));
        versions.add(peer.version(program));
    }

    /** Waits until {@code child} accepts connections. */
    static void awaitListening(String name, Child child, Address.Tcp address) throws IOException, InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(READY_TIMEOUT_MS);
        while (!accepts(address)) {
            if (!child.isAlive()) {
                throw new IOException(name + " ended before it was ready" + child.describeEnd());
            }
            if (System.nanoTime() - deadlineNs > 0) {
                child.kill();
                throw new IOException(name + " did not listen on " + address + " within " + READY_TIMEOUT_MS + " ms"
                        + child.describeEnd());
            }
            Thread.sleep(20);
        }
    }

    private static boolean accepts(Address.Tcp address) {
        try (Socket probe = new Socket()) {
            probe.connect(new InetSocketAddress(address.host(), address.port()), 1_000);
            return true;
        } catch (IOException e) {
            return false; // not yet
        }
    }

    UpstreamServer server() {
        return server;
    }

    /** The direct path first, then the Boxcars, then the peers. */
    List<Contender> contenders() {
        return contenders;
    }

    /** How each of them was started, by name. */
    Map<String, String> configurations() {
        return configurations;
    }

    List<String> versions() {
        return versions;
    }

    /** Peers that are not here, and why. */
    List<String> absent() {
        return absent;
    }

    /** In the opposite order, so that nobody loses its server first. */
    @Override
    public void close() {
        contenders.reversed().forEach(Contender::close);
        server.close();
    }
}
