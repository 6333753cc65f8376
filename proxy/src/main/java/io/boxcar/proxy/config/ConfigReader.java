package io.boxcar.proxy.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValueFactory;
import io.boxcar.batching.DeparturePolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Turns the merged configuration, which has only known keys, into records, and checks what one value alone cannot tell. */
final class ConfigReader {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,62}");

    private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long HOUR = TimeUnit.HOURS.toNanos(1);
    private static final long DAY = TimeUnit.DAYS.toNanos(1);
    private static final long KIB = 1L << 10;
    private static final long TIB = 1L << 40;
    private static final int MILLION = 1_000_000;

    /** The one protocol that has clusters. */
    private static final String CLUSTERED = "redis";

    /** The one protocol that has routes. */
    private static final String ROUTED = "http";

    private record User(String protocol, String listener) {}

    private final Config config;
    private final Set<String> protocols;
    private final Problems problems;

    /** Who listens where, to find two at one address. */
    private final Map<Address, String> listening = new HashMap<>();

    /** The first listener that uses an upstream, by the upstream's name, to find two protocols at one upstream. */
    private final Map<String, User> users = new HashMap<>();

    /** Upstreams without endpoints of their own. */
    private final Set<String> templates = new HashSet<>();

    ConfigReader(Config config, Set<String> protocols, Problems problems) {
        this.config = config;
        this.protocols = protocols;
        this.problems = problems;
    }

    BoxcarConfig read() {
        Section root = new Section(config.getConfig("boxcar"), config.origin(), "boxcar", problems);
        int loops = "auto".equals(root.text("loops")) ? 0 : root.integer("loops", 1, 256);
        TransportChoice transport = root.oneOf("transport", TransportChoice.values());
        AdminConfig admin = OperationsReader.admin(
                root, "off".equals(root.text("admin.listen")) ? null : listen(root, "admin.listen", "boxcar.admin"));
        LogConfig log = OperationsReader.log(root);
        ShutdownConfig shutdown = new ShutdownConfig(
                root.timeNs("shutdown.lame-duck", 0, HOUR), root.timeNs("shutdown.drain-timeout", 0, HOUR));
        long watchNs = root.timeNs("reload.watch", 0, DAY);

        Map<String, UpstreamConfig> upstreams = new TreeMap<>();
        each("upstream", (name, section) -> upstreams.put(name, upstream(name, section)));
        List<ListenerConfig> listeners = new ArrayList<>();
        each("listener", (name, section) -> {
            ListenerConfig listener = listener(name, section, upstreams);
            if (listener != null) {
                listeners.add(listener);
            }
        });
        addTemplate(listeners, upstreams);
        return new BoxcarConfig(
                loops, transport, admin, shutdown, watchNs, listeners, List.copyOf(upstreams.values()), log);
    }

    /** Reads the blocks of one kind by name, each with the defaults of its kind. */
    private void each(String kind, BiConsumer<String, Section> reader) {
        Config defaults = config.getConfig("boxcar.defaults." + kind);
        new TreeMap<>(config.getObject("boxcar." + kind + "s")).forEach((name, value) -> {
            ConfigObject own = (ConfigObject) value;
            String path = "boxcar." + kind + "s." + name;
            if (NAME.matcher(name).matches()) {
                Config complete = own.toConfig().withFallback(defaults);
                reader.accept(name, new Section(complete, own.origin(), path, problems));
            } else {
                problems.add(
                        own.origin(),
                        path + " is not a name; use at most 63 letters, digits, - and _, a letter or digit first");
            }
        });
    }

    /** Captured connections that no route leads elsewhere have the defaults, unless there is an upstream of that name. */
    private void addTemplate(List<ListenerConfig> listeners, Map<String, UpstreamConfig> upstreams) {
        String name = CaptureConfig.ORIGINAL;
        if (listeners.stream().anyMatch(listener -> listener.capture().isOn()) && !upstreams.containsKey(name)) {
            Config complete = config.getConfig("boxcar.defaults.upstream")
                    .withValue("endpoints", ConfigValueFactory.fromIterable(List.of(name)));
            upstreams.put(
                    name, upstream(name, new Section(complete, config.origin(), "boxcar.upstreams." + name, problems)));
        }
    }

    private @Nullable ListenerConfig listener(String name, Section section, Map<String, UpstreamConfig> upstreams) {
        CaptureConfig capture = CaptureReader.listener(section);
        String upstreamName = capture.isOn() ? "" : section.text("upstream");
        ListenerLimits limits = new ListenerLimits(
                section.integer("limits.clients", 1, MILLION),
                section.integer("limits.pipeline", 1, MILLION),
                section.size("limits.output", 64 * KIB, TIB),
                section.size("limits.output-pause", KIB, TIB),
                section.size("limits.stream-above", KIB, TIB),
                section.size("limits.request", KIB, TIB),
                section.timeNs("timeout.idle", 0, 365 * DAY),
                section.timeNs("timeout.request-read", MS, DAY));
        if (limits.pauseOutputBytes() > limits.maxOutputBytes()) {
            section.problemBetween("limits.output-pause", "limits.output", "must not be more than");
        }
        int backlog = section.integer("backlog", 1, 65535);
        ClientState clientState = section.oneOf("client-state", ClientState.values());
        HttpListenerConfig http = HttpReader.listener(section);
        Direction direction = section.oneOf("direction", Direction.values());
        ListenerTls tls = TlsReader.listener(section);
        String protocol = capture.isOn() ? CaptureConfig.PROTOCOL : section.text("protocol");
        if (protocol != null && !capture.isOn() && !protocols.contains(protocol)) {
            section.problem(
                    "protocol",
                    "is not supported yet by this build; it knows " + String.join(", ", new TreeSet<>(protocols)));
        }
        Address listen = listen(section, "listen", "boxcar.listeners." + name);
        if (protocol == null || listen == null || upstreamName == null) {
            return null;
        }
        User user = new User(capture.isOn() ? ROUTED : protocol, "boxcar.listeners." + name);
        boolean circle;
        if (capture.isOn()) {
            circle = checkRoutes(section, capture, listen, upstreams);
        } else {
            UpstreamConfig own = usedUpstream(section, user, upstreams);
            circle = own != null && own.endpoints().contains(listen);
        }
        if (!user.protocol.equals(ROUTED) && !http.routes().isEmpty()) {
            section.problem("http.routes", "needs protocol = " + ROUTED);
        } else {
            for (Section route : HttpReader.routeBlocks(section)) {
                UpstreamConfig routed = usedUpstream(route, user, upstreams);
                circle |= routed != null && routed.endpoints().contains(listen);
            }
        }
        if (circle) {
            section.problem(
                    "listen",
                    "is also an endpoint of its own upstream, so requests would go round in a circle; change one of them");
        }
        return new ListenerConfig(
                name, protocol, listen, upstreamName, limits, backlog, clientState, http, direction, tls, capture);
    }

    /** Whether captured connections would be led back to where they come from. */
    private boolean checkRoutes(
            Section section, CaptureConfig capture, Address listen, Map<String, UpstreamConfig> upstreams) {
        if (listen instanceof Address.Unix) {
            section.problem("listen", "is a Unix socket, to which the kernel leads nothing; write PORT or HOST:PORT");
        }
        UpstreamConfig original = upstreams.get(CaptureConfig.ORIGINAL);
        if (original != null && !templates.contains(CaptureConfig.ORIGINAL)) {
            section.problem(
                    "capture",
                    "needs the name " + CaptureConfig.ORIGINAL + ", but boxcar.upstreams." + CaptureConfig.ORIGINAL
                            + " has endpoints of its own; rename it");
        }
        boolean circle = false;
        List<Section> blocks = CaptureReader.routeBlocks(section);
        for (int i = 0; i < blocks.size(); i++) {
            CaptureConfig.Route route = capture.routes().get(i);
            UpstreamConfig upstream = upstreams.get(route.upstream());
            if (upstream == null
                    ? route.upstream().equals(CaptureConfig.ORIGINAL)
                    : templates.contains(route.upstream())) {
                continue;
            }
            if (route.protocol() == CaptureConfig.Protocol.TCP || route.protocol() == CaptureConfig.Protocol.DETECT) {
                blocks.get(i).problem("upstream", "needs protocol = redis or protocol = http beside it");
            } else {
                User user = new User(route.protocol().name().toLowerCase(Locale.ROOT), "a route of captured traffic");
                UpstreamConfig used = usedUpstream(blocks.get(i), user, upstreams);
                circle |= used != null && used.endpoints().contains(listen);
            }
        }
        return circle;
    }

    /** What the key {@code upstream} of a listener or route names; null, and a problem, if there is no such upstream. */
    private @Nullable UpstreamConfig usedUpstream(Section section, User user, Map<String, UpstreamConfig> upstreams) {
        String name = section.text("upstream");
        if (name == null) {
            return null;
        }
        UpstreamConfig upstream = upstreams.get(name);
        if (upstream == null) {
            section.problem("upstream", "is not defined; " + definedAre(upstreams.keySet(), name));
            return null;
        }
        if (templates.contains(name)) {
            section.problem(
                    "upstream",
                    "has endpoints = [\"" + CaptureConfig.ORIGINAL
                            + "\"], which only captured traffic has; use it in routes" + " of a listener with capture");
            return null;
        }
        User first = users.putIfAbsent(name, user);
        if (upstream.routing().cluster() && !user.protocol.equals(CLUSTERED)) {
            section.problem(
                    "upstream",
                    "is a Redis Cluster (cluster = true), which " + user.protocol
                            + " does not have; give this listener another upstream, or protocol = " + CLUSTERED);
        } else if (first != null && !first.protocol.equals(user.protocol)) {
            section.problem(
                    "upstream",
                    "is also the upstream of " + first.listener + ", which speaks " + first.protocol + ", not "
                            + user.protocol + "; define an upstream for each protocol");
        }
        return upstream;
    }

    private static String definedAre(Set<String> names, String wanted) {
        String nearest = Nearest.to(wanted, names);
        if (nearest != null) {
            return "did you mean " + nearest + "?";
        }
        return "add boxcar.upstreams." + wanted + " { endpoints = [...] }"
                + (names.isEmpty() ? "" : " or use one of " + String.join(", ", names));
    }

    private UpstreamConfig upstream(String name, Section section) {
        boolean isTemplate = CaptureReader.isTemplate(section);
        if (isTemplate) {
            templates.add(name);
        }
        List<Address> endpoints = isTemplate ? List.of() : section.addresses("endpoints");
        if (isTemplate && section.yesOrNo("cluster")) {
            section.problem(
                    "cluster", "needs endpoints that are known, and not those that captured traffic is meant for");
        }
        if (new HashSet<>(endpoints).size() < endpoints.size()) {
            section.problem("endpoints", "names an address twice; to open more connections set connections");
        }
        if (endpoints.stream().anyMatch(endpoint -> endpoint instanceof Address.Tcp tcp && tcp.port() == 0)) {
            section.problem("endpoints", "has port 0, to which nobody can connect; use the port of the service");
        }
        return new UpstreamConfig(
                name,
                endpoints,
                routing(section),
                auth(section),
                batching(section),
                section.integer("connections", 1, 64),
                section.size("slow-lane-above", 0, TIB),
                new PinnedConfig(
                        section.integer("pinned.max", 0, MILLION),
                        section.integer("pinned.idle", 0, MILLION),
                        section.timeNs("pinned.idle-timeout", MS, DAY),
                        section.timeNs("pinned.wait", 0, HOUR)),
                new TimeoutConfig(
                        section.timeNs("timeout.connect", MS, HOUR),
                        section.timeNs("timeout.queue", MS, DAY),
                        section.timeNs("timeout.request", MS, DAY),
                        section.timeNs("timeout.silence", MS, DAY)),
                new UpstreamLimits(
                        section.integer("limits.in-flight", 1, 1 << 20),
                        section.size("limits.bytes-in-flight", KIB, TIB)),
                section.yesOrNo("resend-reads"),
                HttpReader.upstream(section),
                TlsReader.upstream(section, endpoints));
    }

    private static RoutingConfig routing(Section section) {
        RoutingConfig routing = new RoutingConfig(
                section.yesOrNo("cluster"),
                section.oneOf("distribution", Distribution.values()),
                section.yesOrNo("split"),
                section.oneOf("read-from", ReadFrom.values()));
        if (routing.readFrom() == ReadFrom.REPLICA && !routing.cluster()) {
            section.problem(
                    "read-from", "needs cluster = true: only a cluster tells which node is the replica of which");
        }
        return routing;
    }

    private static AuthConfig auth(Section section) {
        AuthConfig auth = new AuthConfig(section.verbatim("auth.user"), section.verbatim("auth.password"));
        if (auth.password().equals(AuthConfig.MASK)) {
            section.problem("auth.password", "is what Boxcar prints in place of a password; write the password itself");
        } else if (!auth.user().isEmpty() && !auth.isPresent()) {
            section.problem(
                    "auth.user", "has no password; set auth.password, which may be anything if the user has none");
        }
        return auth;
    }

    private static BatchingConfig batching(Section section) {
        BatchingConfig batching = new BatchingConfig(
                section.oneOf("batching.mode", DeparturePolicy.Mode.values()),
                section.integer("batching.max-requests", 1, 1 << 16),
                (int) section.size("batching.max-bytes", 1, 1 << 24),
                section.timeNs("batching.linger", 0, SECOND),
                section.integer("batching.ring-size", 2, 1 << 20));
        if (Integer.bitCount(batching.ringSize()) != 1) {
            int next = Integer.highestOneBit(batching.ringSize()) << 1;
            section.problem("batching.ring-size", "is not a power of two; the next one is " + next);
        } else if (batching.maxRequests() > batching.ringSize()) {
            section.problemBetween("batching.max-requests", "batching.ring-size", "must not be more than");
        }
        return batching;
    }

    private @Nullable Address listen(Section section, String key, String who) {
        Address address = section.address(key);
        if (address == null || address instanceof Address.Tcp tcp && tcp.port() == 0) {
            return address;
        }
        String other = listening.putIfAbsent(address, who);
        if (other != null) {
            section.problem(key, "is already taken by " + other + "; give each its own address");
        }
        return address;
    }
}
