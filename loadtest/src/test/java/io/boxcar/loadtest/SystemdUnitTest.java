package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.boxcar.proxy.config.ConfigLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code deploy/boxcar.service}. */
class SystemdUnitTest {
    private static final Path UNIT = Path.of("..", "deploy", "boxcar.service");

    /** In tenths, of at most 100: what systemd-analyze calls OK. */
    private static final String EXPOSURE = "20";

    @TempDir
    Path directory = Path.of("");

    /** The unit, with the program it starts in a place that exists. */
    private Path installed() throws Exception {
        Path program = directory.resolve("boxcar");
        Files.createFile(program, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        String unit = Files.readString(UNIT).replace("/opt/boxcar/bin/boxcar", program.toString());
        return Files.writeString(directory.resolve("boxcar.service"), unit);
    }

    @Test
    void systemdUnderstandsEveryLine() throws Exception {
        Tool.assumeOnPath("systemd-analyze");
        Tool.Result result = Tool.run(
                "", 60, List.of("systemd-analyze", "verify", installed().toString()));
        assertEquals("", result.orFail());
    }

    @Test
    void systemdFindsItConfined() throws Exception {
        Tool.assumeOnPath("systemd-analyze");
        Tool.run(
                        "",
                        60,
                        List.of(
                                "systemd-analyze",
                                "security",
                                "--no-pager",
                                "--offline=true",
                                "--threshold=" + EXPOSURE,
                                installed().toString()))
                .orFail();
    }

    @Test
    void aDrainHasTheTimeItMayTake() throws Exception {
        Matcher stop = Pattern.compile("(?m)^TimeoutStopSec=(\\d+)$").matcher(Files.readString(UNIT));
        assertTrue(stop.find());
        String defaults = new ConfigLoader(Set.of("redis", "http")).load().toHocon();
        Config shutdown = ConfigFactory.parseString(defaults).getConfig("boxcar.shutdown");
        long drainSeconds = shutdown.getDuration("lame-duck").toSeconds()
                + shutdown.getDuration("drain-timeout").toSeconds();
        assertTrue(Long.parseLong(stop.group(1)) > drainSeconds, stop.group());
    }
}
