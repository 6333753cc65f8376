package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.openshift.api.model.monitoring.v1.PodMetricsEndpoint;
import io.fabric8.openshift.api.model.monitoring.v1.PodMonitor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The plain manifests in {@code deploy/kubernetes}, against the model of the Kubernetes API and Boxcar's own demands. */
class KubernetesManifestsTest {
    private static final Path MANIFESTS = Path.of("..", "deploy", "kubernetes");

    @TempDir
    Path directory = Path.of("");

    private static List<HasMetadata> manifest(String file) throws IOException {
        return KubernetesYaml.read(Files.readString(MANIFESTS.resolve(file)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sidecar.yaml", "sidecar-capture.yaml", "job-without-native-sidecar.yaml"})
    void everyPodIsSound(String file) throws IOException {
        BoxcarPod pod = BoxcarPod.of(manifest(file));
        pod.assertSound(directory);
        assertEquals(
                pod.spec().getContainers().getFirst().getName(),
                pod.template().getMetadata().getAnnotations().get("kubectl.kubernetes.io/default-container"));
    }

    @Test
    void everyFileIsReadStrictly() throws IOException {
        try (var files = Files.list(MANIFESTS)) {
            for (Path file : files.toList()) {
                assertFalse(KubernetesYaml.read(Files.readString(file)).isEmpty(), file::toString);
            }
        }
    }

    @Test
    void captureNeedsOnePrivilegedContainerOnly() throws IOException {
        BoxcarPod.of(manifest("sidecar-capture.yaml")).assertCaptures(List.of(80, 6379));
    }

    @Test
    void aJobOnAnOldClusterTellsBoxcarWhenItIsDone() throws IOException {
        BoxcarPod pod = BoxcarPod.of(manifest("job-without-native-sidecar.yaml"));
        assertFalse(pod.isNative());
        Container work = pod.container("work");
        String script = work.getCommand().getLast();
        assertTrue(script.contains("http://127.0.0.1:9464/quit"), script);
        assertTrue(work.getEnv().containsAll(pod.boxcar().getEnv()), "the token");
    }

    @Test
    void thePodMonitorFindsThePods() throws IOException {
        PodMonitor monitor = KubernetesYaml.only(manifest("podmonitor.yaml"), PodMonitor.class);
        assertEquals(
                Map.of("boxcar.io/sidecar", "true"),
                monitor.getSpec().getSelector().getMatchLabels());
        PodMetricsEndpoint endpoint = monitor.getSpec().getPodMetricsEndpoints().getFirst();
        assertEquals("boxcar-admin", endpoint.getPort());
        assertEquals("/metrics", endpoint.getPath());
    }

    @Test
    void aMisspeltFieldOrOneThatIsThereTwiceIsFound() throws IOException {
        String sidecar = Files.readString(MANIFESTS.resolve("sidecar.yaml"));
        for (String mistake : List.of(
                sidecar.replace("restartPolicy:", "restartPolice:"),
                sidecar.replace("readOnlyRootFilesystem:", "readonlyRootFilesystem:"),
                sidecar.replace("failureThreshold: 120", "failureThreshold: many"),
                sidecar.replace("periodSeconds: 1\n", "failureThreshold: 1\n"))) {
            assertThrows(AssertionError.class, () -> KubernetesYaml.read(mistake));
        }
    }
}
