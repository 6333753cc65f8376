package io.boxcar.proxy.tls;

import io.boxcar.metrics.BoxcarMetrics;
import io.boxcar.metrics.CertificateMetrics;
import io.boxcar.proxy.config.BoxcarConfig;
import io.boxcar.proxy.config.ListenerConfig;
import io.boxcar.proxy.config.ListenerTls;
import io.boxcar.proxy.config.UpstreamConfig;
import io.boxcar.proxy.config.UpstreamTls;
import io.boxcar.proxy.core.ClientGate;
import io.boxcar.proxy.core.Connector;
import io.netty.channel.EventLoop;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The TLS of one Boxcar: gates of listeners and connectors of upstreams, and the thread that looks whether their files have changed.
 * Any thread. Without TLS in the configuration it does nothing, and loads none of what TLS needs.
 *
 * <p>What is made for a block {@code tls} lives as long as some configuration has that block: a block that is changed is a new one.
 */
public final class Tls implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Tls.class.getName());
    private static final long LOOK_EVERY_MS = 2_000;

    private record ListenerUse(String name, ListenerTls tls, boolean isHttp) {
        static ListenerUse of(ListenerConfig listener) {
            return new ListenerUse(
                    listener.name(), listener.tls(), listener.protocol().equals("http"));
        }

        String key() {
            return "boxcar.listeners." + name + ".tls";
        }
    }

    private record UpstreamUse(String name, UpstreamTls tls) {
        static UpstreamUse of(UpstreamConfig upstream) {
            return new UpstreamUse(upstream.name(), upstream.tls());
        }

        String key() {
            return "boxcar.upstreams." + name + ".tls";
        }
    }

    private final BoxcarMetrics metrics;
    private final List<EventLoop> loops;
    private final Connector transport;
    private Map<ListenerUse, ListenerGate> gates = Map.of();
    private Map<UpstreamUse, TlsConnector> connectors = Map.of();
    private @Nullable ScheduledExecutorService watcher;

    /** @param transport makes the connections on which upstreams are spoken to, with TLS and without */
    public Tls(BoxcarMetrics metrics, List<EventLoop> loops, Connector transport) {
        this.metrics = metrics;
        this.loops = List.copyOf(loops);
        this.transport = transport;
    }

    /** Everything that is wrong with the files that this configuration names, a sentence each. */
    public static List<String> problems(BoxcarConfig config) {
        List<String> problems = new ArrayList<>();
        for (ListenerConfig listener : config.listeners()) {
            if (listener.tls().isOn()) {
                ListenerUse use = ListenerUse.of(listener);
                addProblem(problems, () -> TlsContexts.listener(use.key(), use.tls(), use.isHttp()));
            }
        }
        for (UpstreamConfig upstream : config.upstreams()) {
            if (upstream.tls().enabled()) {
                UpstreamUse use = UpstreamUse.of(upstream);
                addProblem(problems, () -> TlsContexts.upstream(use.key(), use.tls()));
            }
        }
        return problems;
    }

    private static void addProblem(List<String> problems, Reloading.Loader<?> loader) {
        try {
            loader.load();
        } catch (InvalidTls e) {
            problems.add(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Makes what this configuration needs and is not there yet. If a file cannot be used, nothing has changed.
     *
     * @throws InvalidTls for the first file that cannot be used
     */
    public synchronized void load(BoxcarConfig config) throws InvalidTls {
        Map<ListenerUse, ListenerGate> newGates = new LinkedHashMap<>();
        Map<UpstreamUse, TlsConnector> newConnectors = new LinkedHashMap<>();
        for (ListenerConfig listener : config.listeners()) {
            ListenerUse use = ListenerUse.of(listener);
            if (use.tls().isOn() && !gates.containsKey(use)) {
                newGates.put(use, gate(use));
            }
        }
        for (UpstreamConfig upstream : config.upstreams()) {
            UpstreamUse use = UpstreamUse.of(upstream);
            if (use.tls().enabled() && !connectors.containsKey(use)) {
                newConnectors.put(use, connector(use));
            }
        }
        if (newGates.isEmpty() && newConnectors.isEmpty()) {
            return;
        }
        newGates.values().forEach(this::show);
        newConnectors.values().forEach(this::show);
        newGates.putAll(gates);
        newConnectors.putAll(connectors);
        gates = newGates;
        connectors = newConnectors;
        startWatching();
    }

    private ListenerGate gate(ListenerUse use) throws InvalidTls {
        ListenerTls tls = use.tls();
        return new ListenerGate(
                use.name(),
                new Reloading<>(
                        "listener " + use.name(),
                        List.of(tls.cert(), tls.key(), tls.ca()),
                        () -> TlsContexts.listener(use.key(), tls, use.isHttp()),
                        TlsContexts.OfListener::credentials,
                        CertificateMetrics.ofListener(use.name())),
                loops);
    }

    private TlsConnector connector(UpstreamUse use) throws InvalidTls {
        UpstreamTls tls = use.tls();
        return new TlsConnector(
                use.name(),
                tls,
                new Reloading<>(
                        "upstream " + use.name(),
                        List.of(tls.cert(), tls.key(), tls.ca()),
                        () -> TlsContexts.upstream(use.key(), tls),
                        TlsContexts.OfUpstream::credentials,
                        CertificateMetrics.ofUpstream(use.name(), !tls.cert().isEmpty())),
                transport,
                loops);
    }

    private void show(ListenerGate gate) {
        gate.metrics().forEach(metrics::add);
        metrics.add(gate.context().metrics());
    }

    private void show(TlsConnector connector) {
        connector.metrics().forEach(metrics::add);
        metrics.add(connector.contexts().metrics());
    }

    private void startWatching() {
        if (watcher == null) {
            LOG.log(Level.INFO, TlsContexts.providerText());
            ScheduledExecutorService started = Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("boxcar-tls").factory());
            watcher = started;
            var unused =
                    started.scheduleWithFixedDelay(this::look, LOOK_EVERY_MS, LOOK_EVERY_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void look() {
        try {
            all().forEach(Reloading::reloadIfChanged);
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "looking for changed certificates failed", e); // or it would be the last look
        }
    }

    private synchronized List<Reloading<?>> all() {
        List<Reloading<?>> all = new ArrayList<>();
        gates.values().forEach(gate -> all.add(gate.context()));
        connectors.values().forEach(connector -> all.add(connector.contexts()));
        return all;
    }

    /** Reads all files again. What could not be used, a sentence each; there the old ones stay in use. */
    public List<String> reloadNow() {
        List<String> problems = new ArrayList<>();
        for (Reloading<?> each : all()) {
            String problem = each.reloadNow();
            if (problem != null) {
                problems.add(problem);
            }
        }
        return problems;
    }

    /** What stands in front of the clients of this listener, of a configuration that was loaded. */
    public synchronized ClientGate gate(ListenerConfig listener) {
        if (!listener.tls().isOn()) {
            return ClientGate.OPEN;
        }
        ListenerGate gate = gates.get(ListenerUse.of(listener));
        if (gate == null) {
            throw new IllegalStateException("the configuration of listener " + listener.name() + " was not loaded");
        }
        return gate;
    }

    /** What connects to this upstream, of a configuration that was loaded. */
    public synchronized Connector connector(UpstreamConfig upstream) {
        if (!upstream.tls().enabled()) {
            return transport;
        }
        TlsConnector connector = connectors.get(UpstreamUse.of(upstream));
        if (connector == null) {
            throw new IllegalStateException("the configuration of upstream " + upstream.name() + " was not loaded");
        }
        return connector;
    }

    /** Forgets what this configuration has no use for. Connections that are open stay, and lanes that drain may still connect. */
    public synchronized void retain(BoxcarConfig config) {
        List<ListenerUse> listeners =
                config.listeners().stream().map(ListenerUse::of).toList();
        List<UpstreamUse> upstreams =
                config.upstreams().stream().map(UpstreamUse::of).toList();
        Map<ListenerUse, ListenerGate> keptGates = new LinkedHashMap<>();
        gates.forEach((use, gate) -> {
            if (listeners.contains(use)) {
                keptGates.put(use, gate);
            } else {
                gate.metrics().forEach(metrics::remove);
                metrics.remove(gate.context().metrics());
            }
        });
        Map<UpstreamUse, TlsConnector> keptConnectors = new LinkedHashMap<>();
        connectors.forEach((use, connector) -> {
            if (upstreams.contains(use)) {
                keptConnectors.put(use, connector);
            } else {
                connector.metrics().forEach(metrics::remove);
                metrics.remove(connector.contexts().metrics());
            }
        });
        gates = keptGates;
        connectors = keptConnectors;
    }

    /** Stops looking for changes. */
    @Override
    public synchronized void close() {
        if (watcher != null) {
            watcher.shutdownNow();
            watcher = null;
        }
    }
}
