package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.openshift.api.model.monitoring.v1.PodMonitor;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRuleSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The chart, rendered by Helm itself, against the model of the Kubernetes API and Boxcar's own demands. */
class HelmChartTest {
    private static final Path CHARTS = Path.of("..", "deploy", "helm");

    @TempDir
    Path directory = Path.of("");

    /** A copy, with the files that symbolic links in the chart lead to. */
    private Path chart = Path.of("");

    /** A chart of an application that depends on ours; a copy, because Helm wants dependencies inside. */
    private Path example = Path.of("");

    @BeforeAll
    static void helmRuns() {
        try {
            Helm.version().call();
        } catch (RuntimeException | LinkageError e) {
            assumeTrue(false, "Helm's library does not load on this machine; its tests are skipped: " + e);
        }
    }

    @BeforeEach
    void copyTheCharts() throws IOException {
        chart = directory.resolve("boxcar");
        copy(CHARTS.resolve("boxcar"), chart);
        example = directory.resolve("example");
        copy(CHARTS.resolve("example"), example);
        copy(chart, example.resolve("charts").resolve("boxcar"));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            files.forEach(file -> {
                try {
                    Path target = to.resolve(from.relativize(file).toString());
                    Files.createDirectories(target.getParent());
                    if (Files.isRegularFile(file)) {
                        Files.copy(file, target);
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    /** @param values as YAML */
    private List<HasMetadata> render(Path chart, String values) throws IOException {
        return render(chart, values, "1.33.0");
    }

    private List<HasMetadata> render(Path chart, String values, String kubeVersion) throws IOException {
        Path file = Files.writeString(directory.resolve("values.yaml"), values);
        return KubernetesYaml.read(new Helm(chart)
                .template()
                .withName("release")
                .withNamespace("prod")
                .withKubeVersion(kubeVersion)
                .withValuesFile(file)
                .call());
    }

    private BoxcarPod sound(Path chart, String values) throws IOException {
        BoxcarPod pod = BoxcarPod.of(render(chart, values));
        pod.assertSound(directory);
        return pod;
    }

    private static Map<String, String> annotations(BoxcarPod pod) {
        Map<String, String> annotations = pod.template().getMetadata().getAnnotations();
        return annotations == null ? Map.of() : annotations;
    }

    @Test
    void helmFindsNothingToComplainAbout() {
        for (Path linted : List.of(chart, example)) {
            LintResult result = new Helm(linted).lint().strict().call();
            assertFalse(result.isFailed(), result.getMessages()::toString);
        }
    }

    @Test
    void byItselfAndWithoutValuesItIsAConfigurationAndItsTest() throws IOException {
        assertEquals(1, render(chart, "").size());
        Path test = chart.resolve("templates").resolve("tests").resolve("check.yaml");
        // Helm shows hooks of an installed release only.
        Files.writeString(test, Files.readString(test).replace("helm.sh/hook:", "hook:"));
        List<HasMetadata> resources = render(chart, "");
        assertEquals(2, resources.size());
        ConfigMap configMap = KubernetesYaml.only(resources, ConfigMap.class);
        assertEquals("release-boxcar", configMap.getMetadata().getName());
        Pod check = KubernetesYaml.only(resources, Pod.class);
        assertEquals("test", check.getMetadata().getAnnotations().get("hook"));
        BoxcarPod.assertUnprivileged(check.getSpec().getContainers().getFirst());
        assertEquals(
                "check", check.getSpec().getContainers().getFirst().getArgs().getFirst());
    }

    @Test
    void everyResourceHasTheUsualLabels() throws IOException {
        for (HasMetadata resource : render(chart, EVERYTHING)) {
            Map<String, String> labels = resource.getMetadata().getLabels();
            assertEquals("boxcar", labels.get("app.kubernetes.io/name"));
            assertEquals("release", labels.get("app.kubernetes.io/instance"));
            assertEquals("Helm", labels.get("app.kubernetes.io/managed-by"));
            assertTrue(labels.containsKey("app.kubernetes.io/version"));
        }
    }

    @Test
    void anApplicationGetsANativeSidecar() throws IOException {
        BoxcarPod pod = sound(example, "");
        assertTrue(pod.isNative());
        assertEquals(Map.of("kubectl.kubernetes.io/default-container", "app"), annotations(pod));
        assertEquals(List.of(pod.boxcar()), pod.initContainers());
        assertEquals(List.of(pod.container("app")), pod.spec().getContainers());
    }

    @Test
    void everySingleValueHasItsPlace() throws IOException {
        BoxcarPod pod = sound(example, """
                boxcar:
                  image: { repository: registry.example.com/boxcar, tag: "1.2.3" }
                  env: [{ name: REDIS_PASSWORD, valueFrom: { secretKeyRef: { name: redis, key: password } } }]
                  extraVolumes: [{ name: tls, secret: { secretName: tls } }]
                  extraVolumeMounts: [{ name: tls, mountPath: /etc/boxcar-tls, readOnly: true }]
                  config: |
                    boxcar {
                      listeners.cache { protocol = redis, listen = "127.0.0.1:6380", upstream = redis }
                      upstreams.redis { endpoints = ["redis:6379"], auth.password = ${REDIS_PASSWORD} }
                    }
                  admin: { port: 9999, tokenSecret: { name: boxcar, key: admin } }
                  probes: { startup: { path: /live, failureThreshold: 600 }, readiness: { path: /live } }
                  podAnnotations: { defaultContainer: app, safeToEvict: "true", scrape: true }
                  shutdown: { drainTimeoutSeconds: 50, terminationGracePeriodSeconds: 60 }
                """);
        assertEquals("registry.example.com/boxcar:1.2.3", pod.boxcar().getImage());
        assertEquals(
                Map.of(
                        "kubectl.kubernetes.io/default-container", "app",
                        "cluster-autoscaler.kubernetes.io/safe-to-evict", "true",
                        "prometheus.io/scrape", "true",
                        "prometheus.io/port", "9999",
                        "prometheus.io/path", "/metrics"),
                annotations(pod));
        assertEquals(600, pod.boxcar().getStartupProbe().getFailureThreshold());
        assertEquals(
                "boxcar",
                pod.boxcar()
                        .getEnv()
                        .getFirst()
                        .getValueFrom()
                        .getSecretKeyRef()
                        .getName());
        assertEquals(2, pod.spec().getVolumes().size());
        assertEquals(2, pod.boxcar().getVolumeMounts().size());
        assertTrue(
                pod.boxcar().getLifecycle().getPreStop().getExec().getCommand().contains("--admin=127.0.0.1:9999"));
        assertEquals(60, pod.spec().getTerminationGracePeriodSeconds());
    }

    @Test
    void captureAddsAnInitContainerAfterBoxcar() throws IOException {
        BoxcarPod pod = sound(example, "boxcar: { capture: { enabled: true, ipv6: true }, config: \"\" }");
        pod.assertCaptures(List.of(6379, 80));
        assertEquals(2, pod.initContainers().size());
    }

    @Test
    void clustersWithoutNativeSidecarsGetAPlainContainer() throws IOException {
        BoxcarPod pod = sound(example, "boxcar: { nativeSidecar: false }");
        assertFalse(pod.isNative());
        assertEquals(List.of(), pod.initContainers());
        assertEquals(pod.boxcar(), pod.spec().getContainers().getLast());
        BoxcarPod capturing = sound(example, "boxcar: { nativeSidecar: false, capture: { enabled: true } }");
        capturing.assertCaptures(List.of(6379, 80));
    }

    private static final String EVERYTHING = """
            workload:
              kind: DaemonSet
              ports: [{ name: redis, port: 6380, hostPort: 6380 }]
              podLabels: { team: cache }
              nodeSelector: { kubernetes.io/os: linux }
              tolerations: [{ operator: Exists }]
            config: |
              boxcar {
                listeners.cache { protocol = redis, listen = "0.0.0.0:6380", upstream = redis }
                upstreams.redis.endpoints = ["redis:6379"]
              }
            podMonitor: { enabled: true, labels: { release: prometheus } }
            """;

    @Test
    void aNodeCanShareOne() throws IOException {
        List<HasMetadata> resources = render(chart, EVERYTHING);
        BoxcarPod pod = BoxcarPod.of(resources);
        pod.assertSound(directory);
        DaemonSet daemonSet = KubernetesYaml.only(resources, DaemonSet.class);
        assertTrue(pod.template()
                .getMetadata()
                .getLabels()
                .entrySet()
                .containsAll(daemonSet.getSpec().getSelector().getMatchLabels().entrySet()));
        assertEquals(6380, pod.boxcar().getPorts().get(1).getHostPort());
        Service service = KubernetesYaml.only(resources, Service.class);
        assertEquals("Local", service.getSpec().getInternalTrafficPolicy());
        assertEquals(
                daemonSet.getSpec().getSelector().getMatchLabels(),
                service.getSpec().getSelector());
        PodMonitor monitor = KubernetesYaml.only(resources, PodMonitor.class);
        assertEquals("prometheus", monitor.getMetadata().getLabels().get("release"));
        assertEquals(
                "15s", monitor.getSpec().getPodMetricsEndpoints().getFirst().getInterval());
        assertTrue(pod.template()
                .getMetadata()
                .getLabels()
                .entrySet()
                .containsAll(monitor.getSpec().getSelector().getMatchLabels().entrySet()));
    }

    @Test
    void aDeploymentCanServeMany() throws IOException {
        String values = EVERYTHING.replace("DaemonSet", "Deployment").replace(", hostPort: 6380", "");
        List<HasMetadata> resources = render(chart, values + "fullnameOverride: cache\n");
        BoxcarPod.of(resources).assertSound(directory);
        assertEquals(
                2, KubernetesYaml.only(resources, Deployment.class).getSpec().getReplicas());
        assertEquals(
                "cache",
                KubernetesYaml.only(resources, Service.class).getMetadata().getName());
    }

    @Test
    void rulesAndDashboardAreThoseOfTheRepository() throws IOException {
        List<HasMetadata> resources =
                render(chart, "prometheusRule: { enabled: true }\ndashboard: { enabled: true }\n");
        ObjectMapper yaml = new ObjectMapper(new YAMLFactory());
        PrometheusRule rule = KubernetesYaml.only(resources, PrometheusRule.class);
        PrometheusRuleSpec expected = yaml.readValue(
                CHARTS.resolveSibling("prometheus").resolve("boxcar.rules.yaml").toFile(), PrometheusRuleSpec.class);
        assertFalse(expected.getGroups().isEmpty());
        assertEquals(expected, rule.getSpec());
        ConfigMap dashboard = KubernetesYaml.all(resources, ConfigMap.class).stream()
                .filter(map -> "1".equals(map.getMetadata().getLabels().get("grafana_dashboard")))
                .findFirst()
                .orElseThrow();
        assertEquals(
                Files.readString(CHARTS.resolveSibling("grafana").resolve("boxcar.json"))
                        .strip(),
                String.valueOf(dashboard.getData().get("boxcar.json")).strip());
    }

    @Test
    void anOldClusterIsToldThatItHasNoNativeSidecars() throws IOException {
        RuntimeException refused = assertThrows(RuntimeException.class, () -> render(example, "", "1.28.5"));
        assertTrue(String.valueOf(refused.getMessage()).contains("nativeSidecar = false"), refused::getMessage);
        assertFalse(
                render(example, "boxcar: { nativeSidecar: false }", "1.28.5").isEmpty());
    }

    @Test
    void wrongValuesAreRefusedWithTheReason() {
        for (Map.Entry<String, String> wrong : Map.of(
                        "admin: { prot: 9464 }", "prot",
                        "workload: { kind: StatefulSet }", "kind",
                        "loops: none", "loops",
                        "shutdown: { terminationGracePeriodSeconds: 20 }\nworkload: { kind: Deployment }",
                                "terminationGracePeriodSeconds = 20 has to be more than the 20 s",
                        "capture: { enabled: true }\nworkload: { kind: Deployment }", "capture.enabled",
                        "resources: { limits: { memory: null } }", "memory")
                .entrySet()) {
            RuntimeException refused = assertThrows(RuntimeException.class, () -> render(chart, wrong.getKey()));
            assertTrue(String.valueOf(refused.getMessage()).contains(wrong.getValue()), refused::getMessage);
        }
    }

    @Test
    void theSchemaHasEveryValue() throws IOException {
        ObjectMapper yaml = new ObjectMapper(new YAMLFactory());
        Map<?, ?> values = yaml.readValue(chart.resolve("values.yaml").toFile(), Map.class);
        Map<?, ?> schema = yaml.readValue(chart.resolve("values.schema.json").toFile(), Map.class);
        Map<?, ?> properties = (Map<?, ?>) schema.get("properties");
        assertTrue(properties != null && properties.keySet().containsAll(values.keySet()));
    }
}
