package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A network of its own, with addresses that it alone has, in which processes are started; and the classes of this JVM in a folder that
 * every user can read. All of it goes with {@link #close}.
 */
final class NetworkNamespace implements AutoCloseable {
    static final String IPV4 = "10.71.0.1";
    static final String IPV6 = "fd71::1";

    private static final long PATIENCE_SECONDS = 30;

    private final String name = "boxcar-" + ProcessHandle.current().pid() + "-" + Long.toString(System.nanoTime(), 36);
    private final Path classes;
    private final List<Process> started = new ArrayList<>();

    private NetworkNamespace(Path classes) {
        this.classes = classes;
    }

    /** The test is skipped, and says so, where there cannot be one. */
    static NetworkNamespace create() throws Exception {
        Tool.assumeOnPath("ip");
        Tool.assumeOnPath("setpriv");
        NetworkNamespace made = new NetworkNamespace(readableClasses());
        Tool.Result added = Tool.run("", PATIENCE_SECONDS, List.of("ip", "netns", "add", made.name));
        if (added.status() != 0) {
            made.close();
            abort("a network namespace takes root and the kernel's consent; its test is skipped: " + added.output());
        }
        made.run("ip", "link", "set", "lo", "up").orFail();
        made.run("ip", "address", "add", IPV4 + "/32", "dev", "lo").orFail();
        Tool.Result ipv6 = made.run("ip", "address", "add", IPV6 + "/128", "dev", "lo", "nodad");
        if (ipv6.status() != 0) {
            made.close();
            abort("this kernel has no IPv6; its test is skipped: " + ipv6.output());
        }
        return made;
    }

    /** Links or copies, as the local repository of a build is often root's alone. */
    private static Path readableClasses() throws IOException {
        Path folder = Files.createTempDirectory("boxcar-classes");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        int number = 0;
        for (String entry : System.getProperty("java.class.path").split(":", -1)) {
            Path source = Path.of(entry);
            Path target = folder.resolve(String.format("%03d-%s", number++, source.getFileName()));
            if (Files.isDirectory(source)) {
                copyTree(source, target);
            } else if (Files.exists(source)) {
                Files.copy(source, target);
            }
        }
        return folder;
    }

    private static void copyTree(Path source, Path target) throws IOException {
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.toList()) {
                Files.copy(file, target.resolve(source.relativize(file).toString()));
            }
        }
    }

    /** A command that runs here as root. */
    List<String> inside(List<String> command) {
        List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", name));
        whole.addAll(command);
        return whole;
    }

    /** A command that runs here as this user, with these capabilities and no others. */
    List<String> as(int user, String capability, List<String> command) {
        List<String> whole = new ArrayList<>(
                List.of("setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups", "--inh-caps=-all"));
        if (!capability.isEmpty()) {
            whole.set(whole.size() - 1, "--inh-caps=-all,+" + capability);
            whole.add("--ambient-caps=-all,+" + capability);
        }
        whole.addAll(command);
        return inside(whole);
    }

    /** This JVM's Java, with its classes, to be followed by the main class. */
    List<String> java() throws IOException {
        String path;
        try (Stream<Path> entries = Files.list(classes)) {
            path = entries.sorted().map(Path::toString).collect(Collectors.joining(":"));
        }
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                path);
    }

    /** Runs a command as root to its end. */
    Tool.Result run(String... command) throws Exception {
        return Tool.run("", PATIENCE_SECONDS, inside(List.of(command)));
    }

    Tool.Result runAs(int user, String... command) throws Exception {
        return Tool.run("", PATIENCE_SECONDS, as(user, "", List.of(command)));
    }

    /** A process that ends with this namespace. */
    Process start(List<String> whole) throws IOException {
        Process process = new ProcessBuilder(whole)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        started.add(process);
        return process;
    }

    @Override
    public void close() {
        try {
            for (Process process : started) {
                process.destroyForcibly().waitFor();
            }
            new ProcessBuilder("ip", "netns", "delete", name)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
            deleteTree(classes);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void deleteTree(Path folder) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @org.jspecify.annotations.Nullable IOException e)
                    throws IOException {
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
