package io.boxcar.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs {@code bin/boxcar} in distributions and checkouts made up for it, on JDKs that only say how they were called. */
class LauncherTest {

    private static final Path LAUNCHER = Path.of("bin", "boxcar");

    @TempDir
    Path dir = Path.of("");

    private record Result(int exitCode, String out, String err) {}

    @BeforeEach
    void needsAShell() {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "there is no /bin/sh here");
    }

    @Test
    void printsTheJdkThatItWasGiven() throws Exception {
        Path jdk = jdk("jdk", "25.0.1");
        Result result = boxcar(distribution(), Map.of("BOXCAR_JAVA_HOME", jdk.toString()), "--print-java-home");
        assertEquals(new Result(0, jdk + "\n", ""), result);
    }

    @Test
    void refusesAGivenJdkThatIsTooOldAndSaysWhichItIs() throws Exception {
        Path jdk = jdk("jdk", "17.0.9");
        Result result = boxcar(distribution(), Map.of("BOXCAR_JAVA_HOME", jdk.toString()), "--print-java-home");
        assertEquals(1, result.exitCode());
        assertEquals(
                "boxcar: BOXCAR_JAVA_HOME=" + jdk + " is not a JDK 25 or later (found there: Java 17.0.9)\n",
                result.err());
    }

    @Test
    void takesJavaHomeOnlyIfItIsNewEnough() throws Exception {
        Path old = jdk("old", "1.8.0_402");
        Path sdkman = Files.createDirectories(dir.resolve("home/.sdkman/candidates/java"));
        Path recent = Files.move(jdk("recent", "26-ea"), sdkman.resolve("26"));
        String home = dir.resolve("home").toString();
        assertEquals(
                recent + "\n",
                boxcar(distribution(), Map.of("HOME", home, "JAVA_HOME", recent.toString()), "--print-java-home")
                        .out());
        String found = boxcar(distribution(), Map.of("HOME", home, "JAVA_HOME", old.toString()), "--print-java-home")
                .out();
        assertTrue(!found.isEmpty() && !found.equals(old + "\n"), found);
    }

    @Test
    void asksJavaItselfWhereThereIsNoReleaseFile() throws Exception {
        Path jdk = jdk("jdk", "25");
        Files.delete(jdk.resolve("release"));
        script(jdk.resolve("bin/java"), "echo 'openjdk version \"25.0.2\" 2026-01-20' >&2");
        assertEquals(
                jdk + "\n",
                boxcar(distribution(), Map.of("BOXCAR_JAVA_HOME", jdk.toString()), "--print-java-home")
                        .out());
    }

    @Test
    void startsJavaWithTheOptionsOfTheDistributionThroughASymbolicLink() throws Exception {
        Path home = distribution();
        Files.createFile(Files.createDirectories(home.resolve("lib")).resolve("proxy-1.jar"));
        Path link = Files.createSymbolicLink(dir.resolve("link"), Path.of("my boxcar/bin/boxcar"));
        Map<String, String> environment =
                Map.of("BOXCAR_JAVA_HOME", jdk("jdk", "25").toString(), "BOXCAR_JAVA_OPTS", "-Xmx1g -Da=b");
        Result result = run(link, environment, "run", "--set", "a=b c");
        assertEquals(
                List.of(
                        "@" + home + "/conf/jvm.options",
                        "-Xmx1g",
                        "-Da=b",
                        "-Djava.library.path=" + home + "/lib/native:/usr/lib:/lib",
                        "-Dboxcar.aot.cache=" + home + "/lib/boxcar.aot",
                        "-cp",
                        home + "/lib/proxy-1.jar",
                        "io.boxcar.proxy.Main",
                        "run",
                        "--set",
                        "a=b c"),
                result.out().lines().toList());
        assertEquals(0, result.exitCode());
    }

    @Test
    void startsJavaWithTheAotCacheIfThereIsOne() throws Exception {
        Path home = distribution();
        Path cache =
                Files.createFile(Files.createDirectories(home.resolve("lib")).resolve("boxcar.aot"));
        Map<String, String> environment =
                Map.of("BOXCAR_JAVA_HOME", jdk("jdk", "25").toString(), "BOXCAR_PROFILE", "tiny");
        List<String> arguments =
                boxcar(home, environment, "version").out().lines().toList();
        assertEquals(List.of("@" + home + "/conf/jvm-tiny.options", "-XX:AOTCache=" + cache), arguments.subList(0, 2));
    }

    @Test
    void refusesAProfileThatItDoesNotKnow() throws Exception {
        Map<String, String> environment =
                Map.of("BOXCAR_JAVA_HOME", jdk("jdk", "25").toString(), "BOXCAR_PROFILE", "small");
        Result result = boxcar(distribution(), environment, "run");
        assertEquals(1, result.exitCode());
        assertEquals("boxcar: BOXCAR_PROFILE=small is not a profile; set it to fast or tiny\n", result.err());
    }

    @Test
    void buildsACheckoutOnceAndAgainWhenASourceIsNewer() throws Exception {
        Path checkout = checkout("""
                echo "$JAVA_HOME $*" >>"%1$s/calls"
                mkdir -p "%1$s/proxy/target/boxcar/lib"
                touch "%1$s/proxy/target/boxcar/lib/loadtest-1.jar" "%1$s/proxy/target/boxcar/lib/proxy-1.jar"
                """);
        Path jdk = jdk("jdk", "25");
        Result first = checkoutBoxcar(checkout, jdk);
        assertEquals("boxcar: first run, building (about a minute)...\n", first.err());
        assertTrue(first.out().endsWith("version\n"), first.out());
        assertEquals("", checkoutBoxcar(checkout, jdk).err());

        Path jar = checkout.resolve("proxy/target/boxcar/lib/proxy-1.jar");
        Files.setLastModifiedTime(jar, FileTime.fromMillis(1));
        assertEquals(
                "boxcar: the sources have changed, building...\n",
                checkoutBoxcar(checkout, jdk).err());
        String call = jdk + " -B -ntp -q -f " + checkout + "/pom.xml -DskipTests -Dspotless.check.skip=true package";
        assertEquals(List.of(call, call), Files.readAllLines(checkout.resolve("calls")));
    }

    @Test
    void showsTheOutputOfABuildThatFailed() throws Exception {
        Path checkout = checkout("echo broken; exit 1");
        Result result = checkoutBoxcar(checkout, jdk("jdk", "25"));
        assertEquals(1, result.exitCode());
        assertEquals(
                "boxcar: first run, building (about a minute)...\nbroken\nboxcar: the build failed; all of its output is in "
                        + checkout + "/proxy/target/build.log\n",
                result.err());
        assertTrue(Files.notExists(checkout.resolve("proxy/target/build.lock")));
    }

    private Path distribution() throws IOException {
        Path home = dir.toRealPath().resolve("my boxcar");
        Path bin = Files.createDirectories(home.resolve("bin"));
        if (Files.notExists(bin.resolve("boxcar"))) {
            Files.copy(LAUNCHER, bin.resolve("boxcar"), StandardCopyOption.COPY_ATTRIBUTES);
        }
        return home;
    }

    private Path checkout(String mvn) throws IOException {
        Path checkout = dir.toRealPath().resolve("checkout");
        Path bin = Files.createDirectories(checkout.resolve("proxy/bin"));
        Files.copy(LAUNCHER, bin.resolve("boxcar"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.writeString(checkout.resolve("pom.xml"), "");
        Files.writeString(checkout.resolve("proxy/pom.xml"), "");
        script(checkout.resolve("tools/mvn"), String.format(mvn, checkout));
        return checkout;
    }

    private Result checkoutBoxcar(Path checkout, Path jdk) throws Exception {
        String path = checkout.resolve("tools") + ":" + System.getenv("PATH");
        return run(
                checkout.resolve("proxy/bin/boxcar"),
                Map.of("BOXCAR_JAVA_HOME", jdk.toString(), "PATH", path),
                "version");
    }

    /** Its {@code java} prints its arguments, one per line. */
    private Path jdk(String name, String version) throws IOException {
        Path jdk = dir.toRealPath().resolve(name);
        script(jdk.resolve("bin/java"), "printf '%s\\n' \"$@\"");
        script(jdk.resolve("bin/javac"), "");
        Files.writeString(
                jdk.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\nOS_NAME=\"y\"\n");
        return jdk;
    }

    private static void script(Path file, String text) throws IOException {
        Files.createDirectories(file.resolveSibling("."));
        Files.writeString(file, "#!/bin/sh\n" + text + "\n");
        assertTrue(file.toFile().setExecutable(true));
    }

    private Result boxcar(Path home, Map<String, String> environment, String... arguments) throws Exception {
        return run(home.resolve("bin/boxcar"), environment, arguments);
    }

    private Result run(Path launcher, Map<String, String> environment, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(launcher.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectError(dir.resolve("err").toFile());
        builder.environment().keySet().removeAll(List.of("BOXCAR_JAVA_HOME", "BOXCAR_JAVA_OPTS", "JAVA_HOME"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), out, Files.readString(dir.resolve("err")));
    }
}
