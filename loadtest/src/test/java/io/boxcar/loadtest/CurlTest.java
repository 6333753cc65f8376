package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** curl with each version of HTTP that it speaks. Skipped where there is none. */
@ExtendWith(NoLeaks.class)
class CurlTest {
    private static final long SECONDS = 60;
    private static final int UPLOAD_BYTES = 20_000_000;

    private static EachHttpMode each;

    @BeforeAll
    static void start() throws IOException {
        Tool.assumeOnPath("curl");
        each = EachHttpMode.start();
    }

    @AfterAll
    static void stop() {
        if (each != null) {
            each.close();
        }
    }

    /** Standard output and error of curl with {@code arguments}; it must have ended well. */
    private static String curl(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("curl", "--silent", "--show-error", "--noproxy", "*"));
        command.addAll(List.of(arguments));
        return Tool.run("", SECONDS, command).orFail();
    }

    @ParameterizedTest
    @CsvSource({
        "--http1.0, 1.1, HTTP_1", "--http1.0, 1.1, HTTP_2",
        "--http1.1, 1.1, HTTP_1", "--http1.1, 1.1, HTTP_2",
        "--http2-prior-knowledge, 2, HTTP_1", "--http2-prior-knowledge, 2, HTTP_2",
        "--http2, 1.1, HTTP_1", "--http2, 1.1, HTTP_2"
    })
    void getsAnAnswerInEachVersion(String option, String version, HttpVersionBehind upstream) throws Exception {
        String output = curl(option, "-w", "%{http_code} %{http_version}", each.url(upstream, "/echo?a=b"));
        assertTrue(output.startsWith("GET /echo?a=b\n"), output);
        assertTrue(output.toLowerCase(Locale.ROOT).contains("\nhost: 127.0.0.1:"), output);
        assertTrue(output.endsWith("\n200 " + version), output);
    }

    @ParameterizedTest
    @EnumSource
    void keepsItsConnection(HttpVersionBehind upstream) throws Exception {
        String url = each.url(upstream, "/fixed?bytes=1");
        assertEquals("x1\nx0\nx0\n", curl("-w", "%{num_connects}\\n", url, url, url));
    }

    @ParameterizedTest
    @EnumSource
    void keepsAnHttp10ConnectionWhenItAsksFor(HttpVersionBehind upstream) throws Exception {
        String url = each.url(upstream, "/fixed?bytes=1");
        String kept = curl("--http1.0", "-H", "Connection: keep-alive", "-w", "%{num_connects}\\n", url, url);
        assertEquals("x1\nx0\n", kept);
        assertEquals("x1\nx1\n", curl("--http1.0", "-w", "%{num_connects}\\n", url, url));
    }

    @ParameterizedTest
    @EnumSource
    void getsABodyWithoutALengthInHttp10(HttpVersionBehind upstream) throws Exception {
        String output = curl("--http1.0", "-i", each.url(upstream, "/chunked?chunks=3&bytes=5"));
        assertTrue(output.endsWith("\r\n\r\n" + "x".repeat(15)), output);
        assertFalse(output.toLowerCase(Locale.ROOT).contains("transfer-encoding"), output);
    }

    @ParameterizedTest
    @CsvSource({
        "--http1.1, HTTP_1",
        "--http1.1, HTTP_2",
        "--http2-prior-knowledge, HTTP_1",
        "--http2-prior-knowledge, HTTP_2"
    })
    void uploadsALargeFileAfter100Continue(String option, HttpVersionBehind upstream, @TempDir Path directory)
            throws Exception {
        Path file = randomFile(directory);
        Path echo = directory.resolve("echo");
        String output = curl(
                option,
                "--verbose",
                "--expect100-timeout",
                "20",
                "-H",
                "Expect: 100-continue",
                "-T",
                file.toString(),
                "-o",
                echo.toString(),
                each.url(upstream, "/echo"));
        assertTrue(output.contains(" 200"), output);
        assertFalse(output.contains("Done waiting for 100-continue"), output);
        assertEcho(file, echo);
    }

    @ParameterizedTest
    @CsvSource({
        "--http1.1, HTTP_1",
        "--http1.1, HTTP_2",
        "--http2-prior-knowledge, HTTP_1",
        "--http2-prior-knowledge, HTTP_2"
    })
    void uploadsAFileOfUnknownLength(String option, HttpVersionBehind upstream, @TempDir Path directory)
            throws Exception {
        Path file = randomFile(directory);
        Path echo = directory.resolve("echo");
        // From standard input, so that curl does not know how long it is.
        String output = Tool.run(
                        "",
                        SECONDS,
                        List.of(
                                "sh",
                                "-c",
                                "cat '" + file + "' | curl -sS --noproxy '*' " + option + " -X PUT -H Expect: -T - -o '"
                                        + echo + "' " + each.url(upstream, "/echo")))
                .orFail();
        assertEquals("", output);
        assertEcho(file, echo);
    }

    private static Path randomFile(Path directory) throws IOException {
        byte[] bytes = new byte[UPLOAD_BYTES];
        new Random(1).nextBytes(bytes);
        return Files.write(directory.resolve("file"), bytes);
    }

    private static void assertEcho(Path file, Path echo) throws IOException {
        long headBytes = Files.size(echo) - UPLOAD_BYTES;
        assertTrue(headBytes > 0, "only " + Files.size(echo) + " bytes came back");
        byte[] all = Files.readAllBytes(echo);
        byte[] sent = Files.readAllBytes(file);
        assertEquals(-1, Arrays.mismatch(all, (int) headBytes, all.length, sent, 0, sent.length));
    }

    @ParameterizedTest
    @CsvSource({
        "--http1.1, HTTP_1",
        "--http1.1, HTTP_2",
        "--http2-prior-knowledge, HTTP_1",
        "--http2-prior-knowledge, HTTP_2"
    })
    void getsTheHeadAlone(String option, HttpVersionBehind upstream) throws Exception {
        String output = curl(option, "-I", each.url(upstream, "/fixed?bytes=1000"));
        assertTrue(output.toLowerCase(Locale.ROOT).contains("content-length: 1000\r\n"), output);
        assertTrue(output.endsWith("\r\n\r\n"), output);
    }

    @ParameterizedTest
    @EnumSource
    void asksForARange(HttpVersionBehind upstream) throws Exception {
        String output = curl("-r", "0-99", each.url(upstream, "/echo"));
        assertTrue(output.toLowerCase(Locale.ROOT).contains("range: bytes=0-99\n"), output);
    }

    @ParameterizedTest
    @CsvSource({
        "--http1.1, HTTP_1",
        "--http1.1, HTTP_2",
        "--http2-prior-knowledge, HTTP_1",
        "--http2-prior-knowledge, HTTP_2"
    })
    void getsTrailers(String option, HttpVersionBehind upstream) throws Exception {
        String output = curl(
                option,
                "--dump-header",
                "-",
                "-H",
                "TE: trailers",
                "-H",
                "Connection: TE",
                each.url(upstream, "/chunked?chunks=4"));
        assertTrue(output.contains("boxcar-chunks: 4"), output);
    }

    @ParameterizedTest
    @CsvSource({
        "--http1.1, HTTP_1",
        "--http1.1, HTTP_2",
        "--http2-prior-knowledge, HTTP_1",
        "--http2-prior-knowledge, HTTP_2"
    })
    void getsEachStatusAsItIs(String option, HttpVersionBehind upstream) throws Exception {
        for (int status : new int[] {200, 201, 204, 205, 301, 304, 404, 418, 500, 503}) {
            String output =
                    curl(option, "-o", "/dev/null", "-w", "%{http_code}", each.url(upstream, "/status?code=" + status));
            assertEquals(String.valueOf(status), output);
        }
    }
}
