package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A program of somebody else, run to its end. Stateless. */
final class Tool {
    private Tool() {}

    /** The test is skipped, and says so, where there is no such program on the PATH. */
    static void assumeOnPath(String program) {
        assumeTrue(isOnPath(program), program + " is not on the PATH; its test is skipped");
    }

    private static boolean isOnPath(String program) {
        String path = System.getenv("PATH");
        for (String directory : path == null ? new String[0] : path.split(File.pathSeparator, -1)) {
            if (!directory.isEmpty() && Files.isExecutable(Path.of(directory, program))) {
                return true;
            }
        }
        return false;
    }

    /** What a program left behind: its exit status, and all it wrote. */
    record Result(int status, String output) {
        /** The output of a program that must have ended well. */
        String orFail() {
            return status == 0 ? output : fail("exit status " + status + ":\n" + output);
        }
    }

    static Result run(String input, long timeoutSeconds, List<String> command) throws Exception {
        return run(null, Map.of(), input.getBytes(StandardCharsets.UTF_8), timeoutSeconds, command);
    }

    /** Runs {@code command} on {@code input} and waits for its end; fails when that takes longer than allowed. */
    static Result run(
            @Nullable Path directory,
            Map<String, String> environment,
            byte[] input,
            long timeoutSeconds,
            List<String> command)
            throws Exception {
        Path given = Files.createTempFile("boxcar", ".in");
        Path written = Files.createTempFile("boxcar", ".out");
        try {
            Files.write(given, input);
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(given.toFile())
                    .redirectOutput(written.toFile());
            if (directory != null) {
                builder.directory(directory.toFile());
            }
            builder.environment().putAll(environment);
            return run(builder, timeoutSeconds, written);
        } finally {
            Files.delete(given);
            Files.delete(written);
        }
    }

    private static Result run(ProcessBuilder builder, long timeoutSeconds, Path written) throws Exception {
        Process process = builder.start();
        try {
            if (!process.waitFor(timeoutSeconds, TimeUnit.SECONDS)) {
                return fail(
                        builder.command() + " did not end within " + timeoutSeconds + " s; so far:\n" + text(written));
            }
            return new Result(process.exitValue(), text(written));
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
    }

    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }
}
