package io.boxcar.proxy.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.boxcar.proxy.accesslog.AccessEntry;
import io.boxcar.proxy.accesslog.AccessLog;
import io.boxcar.proxy.accesslog.ClientLog;
import io.boxcar.proxy.config.AccessLogConfig;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandNamesTest {
    private static final Pattern COMMANDS = Pattern.compile("\"commands\":\"([^\"]*)\"");

    @TempDir
    Path dir = Path.of("");

    /** What the log says of these requests. */
    private String namesIn(int count, String requests) throws Exception {
        Path file = dir.resolve("log" + System.nanoTime());
        try (AccessLog log = AccessLog.open(new AccessLogConfig(file.toString(), 1, 0, 64), 1, System::nanoTime)) {
            AccessEntry entry = new ClientLog(log.loop(0), "redis", "redis").begin(0);
            if (entry == null) {
                throw new AssertionError();
            }
            new CommandNames(CommandTable.load())
                    .describe(Unpooled.copiedBuffer(requests, StandardCharsets.ISO_8859_1), 0, count, entry);
            ClientLog.finish(entry, 0);
        }
        Matcher matcher = COMMANDS.matcher(Files.readString(file));
        return matcher.find() ? matcher.group(1) : "";
    }

    @Test
    void namesCommandsAndNothingOfTheirArguments() throws Exception {
        assertEquals("SET", namesIn(1, "*3\r\n$3\r\nset\r\n$3\r\nkey\r\n$6\r\ns3cret\r\n"));
        assertEquals("AUTH", namesIn(1, "*2\r\n$4\r\nAUTH\r\n$6\r\ns3cret\r\n"));
        assertEquals("AUTH", namesIn(1, "auth s3cret\r\n"));
        assertEquals(
                "GET SET PING",
                namesIn(3, "*2\r\n$3\r\nGET\r\n$1\r\na\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$2\r\n\r\n\r\nPING\r\n"));
    }

    @Test
    void whatIsNoCommandIsNotTold() throws Exception {
        assertEquals("OTHER", namesIn(1, "*1\r\n$6\r\ns3cret\r\n"));
        assertEquals("OTHER", namesIn(1, "s3cret\r\n"));
        assertEquals("OTHER", namesIn(1, "\"AUTH\" s3cret\r\n"));
    }

    @Test
    void aLongRunIsCut() throws Exception {
        assertEquals("PING PING PING PING PING PING PING PING...", namesIn(100, "PING\r\n".repeat(100)));
    }

    @Test
    void emptyRequestsInBetweenCountForNothing() throws Exception {
        assertEquals("PING GET", namesIn(2, "*0\r\n\r\nPING\r\n*-1\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n"));
    }

    /** Which need not be found: the scanner has found the ends of those that are. */
    @Test
    void requestsThatAreCutAnywhereAndOddLengthsDoNoHarm() throws Exception {
        String whole = "*2\r\n$3\r\nGET\r\n$2147483647\r\na\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$99999999999\r\n";
        for (int end = 0; end <= whole.length(); end++) {
            namesIn(5, whole.substring(0, end));
        }
    }
}
