package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.ConfigLoader;
import io.boxcar.proxy.config.InvalidConfig;
import io.fabric8.kubernetes.api.model.Capabilities;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HTTPGetAction;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The part of a pod that is Boxcar's, and what has to be true of it wherever it runs. */
final class BoxcarPod {
    /** Of the JVM beside heap and network buffers: code, classes, threads, its own structures. */
    private static final long JVM_BYTES = 100L << 20;

    private static final Pattern VARIABLE = Pattern.compile("\\$\\{(\\w+)}");

    private final PodTemplateSpec template;
    private final ConfigMap configMap;

    private BoxcarPod(PodTemplateSpec template, ConfigMap configMap) {
        this.template = template;
        this.configMap = configMap;
    }

    /** The pod template of the only workload, and the ConfigMap that it mounts. */
    static BoxcarPod of(List<HasMetadata> resources) {
        PodTemplateSpec template = resources.stream()
                .map(BoxcarPod::template)
                .flatMap(Stream::ofNullable)
                .reduce((one, other) -> fail("two workloads"))
                .orElseThrow();
        String mounted = template.getSpec().getVolumes().stream()
                .filter(volume -> volume.getName().equals("boxcar-config"))
                .map(volume -> volume.getConfigMap().getName())
                .findFirst()
                .orElseThrow();
        ConfigMap configMap = KubernetesYaml.all(resources, ConfigMap.class).stream()
                .filter(candidate -> candidate.getMetadata().getName().equals(mounted))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no ConfigMap " + mounted));
        return new BoxcarPod(template, configMap);
    }

    private static @Nullable PodTemplateSpec template(HasMetadata resource) {
        return switch (resource) {
            case Deployment deployment -> deployment.getSpec().getTemplate();
            case DaemonSet daemonSet -> daemonSet.getSpec().getTemplate();
            case Job job -> job.getSpec().getTemplate();
            default -> null;
        };
    }

    PodSpec spec() {
        return template.getSpec();
    }

    PodTemplateSpec template() {
        return template;
    }

    List<Container> initContainers() {
        List<Container> containers = spec().getInitContainers();
        return containers == null ? List.of() : containers;
    }

    boolean isNative() {
        return initContainers().stream()
                .anyMatch(container -> container.getName().equals("boxcar"));
    }

    /** Boxcar's container, be it an init container or not. */
    Container boxcar() {
        return container("boxcar");
    }

    Container container(String name) {
        return Stream.concat(initContainers().stream(), spec().getContainers().stream())
                .filter(container -> container.getName().equals(name))
                .reduce((one, other) -> fail("two containers " + name))
                .orElseThrow(() -> new AssertionError("no container " + name));
    }

    private String conf() {
        String text = configMap.getData().get("boxcar.conf");
        return text == null
                ? fail("no boxcar.conf in " + configMap.getMetadata().getName())
                : text;
    }

    /** {@code boxcar.conf} as Boxcar itself reads it and prints it again, with the variables that the container sets. */
    Config config(Path directory) throws IOException {
        String text = conf();
        List<String> set = boxcar().getEnv().stream().map(EnvVar::getName).toList();
        Matcher variables = VARIABLE.matcher(text);
        String resolved = variables.replaceAll(variable -> {
            assertTrue(set.contains(variable.group(1)), () -> variable.group() + " is not set by " + set);
            return "\"a-value-of-sufficient-length\"";
        });
        try {
            String effective = new ConfigLoader(Set.of("redis", "http"))
                    .file(Files.writeString(directory.resolve("boxcar.conf"), resolved))
                    .load()
                    .toHocon();
            return ConfigFactory.parseString(effective).getConfig("boxcar");
        } catch (InvalidConfig e) {
            return fail(String.join("\n", e.problems()) + "\nin\n" + text, e);
        }
    }

    /** All that does not depend on where Boxcar runs. */
    void assertSound(Path directory) throws IOException {
        Config config = config(directory);
        Container boxcar = boxcar();
        assertEquals("true", template.getMetadata().getLabels().get("boxcar.io/sidecar"));
        assertEquals(List.of("run", "--config", "/etc/boxcar/boxcar.conf"), boxcar.getArgs());
        assertTrue(boxcar.getVolumeMounts().stream()
                .anyMatch(mount -> mount.getName().equals("boxcar-config")
                        && mount.getMountPath().equals("/etc/boxcar")
                        && mount.getSubPath() == null));
        assertUnprivileged(boxcar);
        assertProbesReachTheAdminServer(boxcar, config);
        assertMemoryFits(boxcar);
        assertEndsInTime(config);
        if (isNative()) {
            assertEquals(initContainers().getFirst(), boxcar, "others before it would have no network");
            assertEquals("Always", boxcar.getRestartPolicy());
        } else {
            assertEquals(null, boxcar.getRestartPolicy());
        }
        for (Container other : initContainers()) {
            assertTrue(other == boxcar || other.getRestartPolicy() == null, other.getName());
        }
    }

    static void assertUnprivileged(Container container) {
        SecurityContext context = container.getSecurityContext();
        assertEquals(true, context.getRunAsNonRoot());
        assertEquals(1337, context.getRunAsUser());
        assertConfined(context);
        assertEquals(List.of(), context.getCapabilities().getAdd());
    }

    private static void assertConfined(SecurityContext context) {
        assertEquals(true, context.getReadOnlyRootFilesystem());
        assertEquals(false, context.getAllowPrivilegeEscalation());
        assertEquals(List.of("ALL"), context.getCapabilities().getDrop());
        assertEquals("RuntimeDefault", context.getSeccompProfile().getType());
        assertEquals(null, context.getPrivileged());
    }

    private static void assertProbesReachTheAdminServer(Container boxcar, Config config) {
        ContainerPort admin = boxcar.getPorts().stream()
                .filter(port -> port.getName().equals("boxcar-admin"))
                .findFirst()
                .orElseThrow();
        Address.Tcp listen = (Address.Tcp) Address.parse(config.getString("admin.listen"));
        assertEquals(admin.getContainerPort(), listen.port());
        assertTrue(Set.of("0.0.0.0", "::").contains(listen.host()), "the kubelet comes from outside of the pod");
        assertProbe(boxcar.getStartupProbe(), Set.of("/ready", "/live"));
        assertEquals(1, boxcar.getStartupProbe().getPeriodSeconds());
        assertProbe(boxcar.getReadinessProbe(), Set.of("/ready", "/live"));
        assertProbe(boxcar.getLivenessProbe(), Set.of("/live"));
    }

    private static void assertProbe(Probe probe, Set<String> paths) {
        HTTPGetAction get = probe.getHttpGet();
        assertEquals("boxcar-admin", get.getPort().getStrVal());
        assertTrue(paths.contains(get.getPath()), get.getPath());
    }

    /** The sidecar must not be killed for the memory that its own options allow. */
    private static void assertMemoryFits(Container boxcar) {
        Map<String, Quantity> limits = boxcar.getResources().getLimits();
        Map<String, Quantity> requests = boxcar.getResources().getRequests();
        assertTrue(requests.keySet().containsAll(Set.of("cpu", "memory")));
        long limit = bytes(limits.get("memory"));
        long heap = option(boxcar, "-Xmx(\\d+)m");
        long buffers = option(boxcar, "-XX:MaxDirectMemorySize=(\\d+)m");
        assertTrue(heap + buffers + JVM_BYTES <= limit, heap + " + " + buffers + " of " + limit);
        assertTrue(bytes(requests.get("memory")) <= limit);
    }

    private static long bytes(@Nullable Quantity quantity) {
        return quantity == null
                ? fail("no memory")
                : quantity.getNumericalAmount().longValueExact();
    }

    private static long option(Container boxcar, String pattern) {
        Pattern option = Pattern.compile(pattern);
        return boxcar.getCommand().stream()
                .map(option::matcher)
                .filter(Matcher::matches)
                .map(Matcher::toMatchResult)
                .map((MatchResult found) -> Long.parseLong(found.group(1)) << 20)
                .reduce((first, last) -> last)
                .orElseThrow(() -> new AssertionError(pattern + " in " + boxcar.getCommand()));
    }

    private void assertEndsInTime(Config config) {
        List<String> preStop = boxcar().getLifecycle().getPreStop().getExec().getCommand();
        assertTrue(preStop.containsAll(List.of("drain", "--direction=inbound")), preStop::toString);
        long holdSeconds = preStop.stream()
                .filter(argument -> argument.startsWith("--hold="))
                .mapToLong(argument -> Long.parseLong(argument.replaceAll("\\D", "")))
                .sum();
        assertEquals(needsHold(), holdSeconds > 0, "a native sidecar gets SIGTERM after the application anyway");
        long drainSeconds = config.getDuration("shutdown.lame-duck").toSeconds()
                + config.getDuration("shutdown.drain-timeout").toSeconds();
        assertTrue(
                spec().getTerminationGracePeriodSeconds() > holdSeconds + drainSeconds,
                () -> spec().getTerminationGracePeriodSeconds() + " s");
    }

    /** Whether Boxcar is beside an application in a way that has both get SIGTERM at once. */
    private boolean needsHold() {
        return !isNative() && spec().getContainers().size() > 1;
    }

    /** The init container that writes the rules has the capabilities for that, and comes after Boxcar. */
    void assertCaptures(List<Integer> ports) {
        Container capture = container("boxcar-capture");
        List<Container> init = initContainers();
        assertEquals(isNative() ? 1 : 0, init.indexOf(capture));
        assertEquals(boxcar().getImage(), capture.getImage());
        assertEquals(0, capture.getSecurityContext().getRunAsUser());
        assertConfined(capture.getSecurityContext());
        Capabilities capabilities = capture.getSecurityContext().getCapabilities();
        assertEquals(Set.of("NET_ADMIN", "NET_RAW"), Set.copyOf(capabilities.getAdd()));
        List<String> arguments = capture.getArgs();
        assertEquals(List.of("capture", "apply"), arguments.subList(0, 2));
        assertEquals("1337", after("--exclude-uid", arguments));
        assertEquals(
                ports,
                Stream.of(after("--ports", arguments).split(","))
                        .map(Integer::valueOf)
                        .toList());
        String conf = conf();
        String port = after("--to-port", arguments);
        assertTrue(conf.contains("listen = \"127.0.0.1:" + port + "\""), conf);
        assertEquals(
                arguments.contains("--no-ipv6"),
                !conf.contains("listen = \"[::1]:" + port + "\""),
                "rules that lead to nobody would refuse connections");
    }

    private static String after(String option, List<String> arguments) {
        return arguments.get(arguments.indexOf(option) + 1);
    }
}
