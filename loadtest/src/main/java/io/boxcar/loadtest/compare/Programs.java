package io.boxcar.loadtest.compare;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Other people's programs: where they are, and what they say. Stateless. */
final class Programs {
    private static final long LIMIT_SECONDS = 10;
    /** Where Debian keeps servers; not on the PATH of everybody. */
    private static final List<String> MORE_FOLDERS = List.of("/usr/local/sbin", "/usr/sbin", "/sbin");

    private Programs() {}

    /** The program of that name on the PATH or where servers are; {@code null} if there is none. */
    static @Nullable String find(String name) {
        String path = System.getenv("PATH");
        String all = (path == null ? "" : path) + File.pathSeparator + String.join(File.pathSeparator, MORE_FOLDERS);
        for (String folder : all.split(File.pathSeparator, -1)) {
            Path candidate = Path.of(folder, name);
            if (!folder.isEmpty() && Files.isExecutable(candidate) && !Files.isDirectory(candidate)) {
                return candidate.toString();
            }
        }
        return null;
    }

    /**
     * What a command writes to both of its outputs.
     *
     * @throws IOException when it cannot be run, does not end in time, or fails; says what it wrote
     */
    static String output(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            process.getOutputStream().close();
            String output;
            try (InputStream in = process.getInputStream()) {
                output = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException(command[0] + " did not end within " + LIMIT_SECONDS + " s");
            }
            if (process.exitValue() != 0) {
                throw new IOException(command[0] + " failed: " + output.strip());
            }
            return output;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for " + command[0], e);
        } finally {
            process.destroyForcibly();
        }
    }

    /** The first line of what a command says, such as its version, without its path; its name when it says nothing. */
    static String firstLine(String... command) {
        String name = Path.of(command[0]).getFileName().toString();
        try {
            return output(command)
                    .lines()
                    .map(line -> line.replace(command[0], "").strip())
                    .filter(line -> !line.isEmpty())
                    .findFirst()
                    .orElse(name);
        } catch (IOException e) {
            return name;
        }
    }
}
