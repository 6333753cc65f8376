package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fabric8.kubernetes.api.model.Container;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is in the container image, run as a container would run it. Needs root to set that up, Linux with glibc, and the packaged
 * distribution, which the build has made by the time the tests of this module run.
 */
@Timeout(240)
class ImageTest {
    private static final Path SCRIPTS = Path.of("..", "deploy", "image").toAbsolutePath();
    private static final Path DISTRIBUTION =
            Path.of("..", "proxy", "target", "boxcar").toAbsolutePath();
    private static final long BUILD_SECONDS = 180;

    /** build-rootfs says why. */
    private static final Set<String> OF_UNUSED_CLASSES = Set.of("java.desktop", "java.sql");

    private static final List<String> NEEDED =
            List.of("opt/boxcar/runtime/bin/java", "opt/boxcar/runtime/lib/jspawnhelper");
    private static final List<String> FOR_CAPTURE = List.of("usr/sbin/ip", "usr/sbin/nft");

    @TempDir
    private static Path directory;

    private static Path root;
    private static RedisOrigin redis;

    @BeforeAll
    static void build() throws Exception {
        assumeTrue(
                Tool.run("", 10, List.of("uname", "-s")).output().strip().equals("Linux"),
                "the image is for Linux; its test is skipped");
        assumeTrue(
                Tool.run("", 10, List.of("id", "-u")).output().strip().equals("0"),
                "only root may set up what a container runtime does; the test of the image is skipped");
        Tool.assumeOnPath("unshare");
        Tool.assumeOnPath("setpriv");
        assumeTrue(
                Tool.run("", 10, List.of("unshare", "--mount", "true")).status() == 0,
                "no mount namespaces here; the test of the image is skipped");
        Path java = Path.of(System.getProperty("java.home"));
        assumeTrue(
                Files.isExecutable(java.resolve("bin").resolve("jlink")),
                java + " has no jlink; the test of the image is skipped");
        assumeTrue(
                Files.exists(DISTRIBUTION.resolve("class-path")),
                "the proxy is not packaged (mvn package); the test of the image is skipped");
        root = directory.resolve("root");
        Tool.run(
                        null,
                        Map.of("JAVA_HOME", java.toString()),
                        new byte[0],
                        BUILD_SECONDS,
                        List.of(SCRIPTS.resolve("build-rootfs").toString(), root.toString()))
                .orFail();
        redis = RedisOrigin.start();
    }

    @AfterAll
    static void stop() {
        if (redis != null) {
            redis.close();
        }
    }

    private static List<String> inTheImage(String... arguments) {
        return confined(List.of(root.toString()), List.of(arguments));
    }

    /** What a manifest has the container runtime do. */
    private static List<String> inTheImage(List<String> command, String... arguments) {
        List<String> all = new ArrayList<>(command);
        all.addAll(List.of(arguments));
        return confined(List.of("--command", root.toString()), all);
    }

    private static List<String> confined(List<String> place, List<String> arguments) {
        List<String> command =
                new ArrayList<>(List.of("/bin/sh", SCRIPTS.resolve("run-rootfs").toString()));
        command.addAll(place);
        command.addAll(arguments);
        return command;
    }

    private static String[] serve() {
        return new String[] {"run", "--redis", "127.0.0.1:0=" + redis.address(), "--admin", "127.0.0.1:0"};
    }

    @Test
    void servesOnAReadOnlyFileSystemWithoutAnyPrivilege() throws Exception {
        try (SidecarProcess sidecar = SidecarProcess.started(inTheImage(serve()));
                Wire wire = sidecar.connect()) {
            assertEquals("+PONG\r\n", wire.ask("PING"));
            List<String> status = Files.readAllLines(proc(sidecar, "status"));
            assertTrue(status.contains("Uid:\t1337\t1337\t1337\t1337"), status::toString);
            assertTrue(status.contains("CapEff:\t0000000000000000"), status::toString);
            assertTrue(status.contains("NoNewPrivs:\t1"), status::toString);
            assertTrue(
                    Files.readAllLines(proc(sidecar, "mountinfo")).stream()
                            .anyMatch(line -> line.matches("(\\S+ ){4}/ ro\\b.*")),
                    "the root is read-only");
            assertTrue(
                    Files.readAllLines(proc(sidecar, "maps")).stream()
                            .anyMatch(line -> line.endsWith("/opt/boxcar/lib/boxcar.aot")),
                    "the AOT cache is mapped");
            assertFalse(sidecar.output().contains("WARN"), sidecar::output);
            sidecar.terminate();
            assertEquals(0, sidecar.exitStatus());
        }
    }

    /** Container runtimes deny io_uring by default. The library for epoll too is found where nothing can be unpacked. */
    @Test
    void withoutIoUringItServesWithEpoll() throws Exception {
        try (SidecarProcess sidecar = SidecarProcess.started(WithoutIoUring.command(inTheImage(serve())));
                Wire wire = sidecar.connect()) {
            assertEquals("+PONG\r\n", wire.ask("PING"));
            assertTrue(Files.readAllLines(proc(sidecar, "status")).contains("Seccomp:\t2"), "the filter is in force");
            assertTrue(sidecar.output().contains(" on epoll (io_uring is not available"), sidecar::output);
            sidecar.terminate();
            assertEquals(0, sidecar.exitStatus());
        }
    }

    private static Path proc(SidecarProcess sidecar, String file) {
        return Path.of("/proc", Long.toString(sidecar.pid()), file);
    }

    @Test
    void theCommandsOfTheManifestsRunInside() throws Exception {
        Container boxcar = BoxcarPod.of(KubernetesYaml.read(
                        Files.readString(SCRIPTS.resolveSibling("kubernetes").resolve("sidecar.yaml"))))
                .boxcar();
        List<String> hook = boxcar.getLifecycle().getPreStop().getExec().getCommand().stream()
                .map(argument -> argument.replace("--direction=inbound", "--direction=all"))
                .toList();
        try (SidecarProcess sidecar = SidecarProcess.started(inTheImage(boxcar.getCommand(), serve()))) {
            Tool.run("", 30, inTheImage(hook, "--admin", sidecar.admin().getAuthority()))
                    .orFail();
            assertEquals(0, sidecar.exitStatus());
        }
    }

    @Test
    void holdsNothingButBoxcar() throws Exception {
        try (Stream<Path> files = Files.walk(root)) {
            List<String> programs = files.filter(Files::isRegularFile)
                    .filter(file -> Files.isExecutable(file) && !file.toString().contains(".so"))
                    .map(file -> root.relativize(file).toString())
                    .sorted()
                    .toList();
            assertTrue(programs.containsAll(NEEDED), programs::toString);
            assertTrue(
                    Stream.concat(NEEDED.stream(), FOR_CAPTURE.stream())
                            .toList()
                            .containsAll(programs),
                    programs::toString);
        }
        try (Stream<Path> jars = Files.list(root.resolve("opt/boxcar/lib"))) {
            List<String> names = jars.map(jar -> jar.getFileName().toString()).toList();
            assertFalse(names.stream().anyMatch(name -> name.startsWith("loadtest-")), names::toString);
            assertFalse(names.stream().anyMatch(name -> name.contains("-linux-")), names::toString);
        }
        assertTrue(Tool.run("", 30, inTheImage("demo")).output().contains("loadtest"), "says what is missing");
    }

    @Test
    void theRuntimeHasTheModulesThatTheJarsNeed() throws Exception {
        List<String> arguments = new ArrayList<>(
                List.of("--multi-release", "25", "--ignore-missing-deps", "--print-module-deps", "--class-path"));
        try (Stream<Path> files = Files.list(root.resolve("opt/boxcar/lib"))) {
            List<String> jars = files.map(Path::toString)
                    .filter(file -> file.endsWith(".jar"))
                    .toList();
            arguments.add(String.join(":", jars));
            arguments.addAll(jars);
        }
        StringWriter out = new StringWriter();
        ToolProvider jdeps = ToolProvider.findFirst("jdeps").orElseThrow();
        assertEquals(
                0,
                jdeps.run(new PrintWriter(out), new PrintWriter(out), arguments.toArray(String[]::new)),
                out::toString);
        Set<String> needed = new TreeSet<>(
                List.of(out.toString().strip().lines().toList().getLast().split(",")));
        needed.removeAll(OF_UNUSED_CLASSES);
        String release = Files.readString(root.resolve("opt/boxcar/runtime/release"));
        for (String module : needed) {
            assertTrue(release.matches("(?s).*MODULES=\"[^\"]*\\b" + module + "\\b.*"), module + " in " + release);
        }
    }

    @Test
    void nobodyCanChangeWhatRuns() throws IOException {
        try (Stream<Path> files = Files.walk(root.resolve("opt"))) {
            for (Path file : files.toList()) {
                assertFalse(
                        Files.getPosixFilePermissions(file).stream()
                                .anyMatch(permission -> permission.name().matches("(GROUP|OTHERS)_WRITE")),
                        file::toString);
            }
        }
    }
}
