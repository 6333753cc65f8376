package io.boxcar.proxy.accesslog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.metrics.AccessLogMetrics;
import io.boxcar.proxy.accesslog.AccessEntry.Outcome;
import io.boxcar.proxy.config.AccessLogConfig;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AccessLogTest {
    private static final String HOSTILE = "/a\"},{\"b\":\"\\\r\n{\"time\":\"forged\u001b[2J\u00ff";

    @TempDir
    Path dir = Path.of("");

    private AccessLog open(double sample, int errors, int buffer) throws IOException {
        return AccessLog.open(new AccessLogConfig(file().toString(), sample, errors, buffer), 1, System::nanoTime);
    }

    private Path file() {
        return dir.resolve("access.log");
    }

    private List<String> lines() throws IOException {
        return Files.readAllLines(file());
    }

    private static ClientLog client(AccessLog log) throws UnknownHostException {
        ClientLog client = new ClientLog(log.loop(0), "web", "http/1.1");
        client.isFrom(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 4711));
        return client;
    }

    private static AccessEntry begin(ClientLog client) {
        AccessEntry entry = client.begin(System.nanoTime());
        assertNotNull(entry);
        return entry;
    }

    private static long sum(AccessLog log, ToLongFunction<AccessLogMetrics> counter) {
        return log.metrics().stream().mapToLong(counter).sum();
    }

    @Test
    void aLineHasAllThatIsKnown() throws Exception {
        try (AccessLog log = open(1, 0, 64)) {
            ClientLog client = client(log);
            AccessEntry entry = begin(client);
            ByteBuf in = Unpooled.copiedBuffer(
                    "PUT user:pw@example.com /a/b?token=s3cret 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                    StandardCharsets.US_ASCII);
            entry.method(in, 0, 3);
            entry.host(in, 4, 19);
            entry.path(in, 24, 17);
            entry.traceparent(in, 42, 55);
            entry.upstream = "api";
            entry.endpoint = "10.0.0.1:80";
            entry.status = 201;
            entry.bytesIn = 5;
            entry.bytesOut = 7;
            Batch batch = log.loop(0).newBatch();
            batch.size = 9;
            entry.left(batch, 1_000, 13_345, 1_013_345);
            ClientLog.finish(entry, entry.receivedNs + 2_000_000);
        }
        String line = lines().getFirst();
        assertTrue(line.matches("\\{\"time\":\"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z\",.*"), line);
        assertEquals(
                "\"listener\":\"web\",\"protocol\":\"http/1.1\",\"client\":\"127.0.0.1:4711\",\"method\":\"PUT\","
                        + "\"host\":\"example.com\",\"path\":\"/a/b\",\"upstream\":\"api\",\"endpoint\":\"10.0.0.1:80\","
                        + "\"status\":201,\"result\":\"ok\",\"bytes_in\":5,\"bytes_out\":7,\"batch\":0,\"batch_size\":9,"
                        + "\"queue_us\":12,\"upstream_us\":1000,\"total_us\":2000,"
                        + "\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\"}",
                line.substring(line.indexOf("\"listener")));
    }

    @Test
    void nothingThatAClientSendsEndsAStringOrALine() throws Exception {
        try (AccessLog log = open(1, 0, 64)) {
            AccessEntry entry = begin(client(log));
            ByteBuf in = Unpooled.copiedBuffer(HOSTILE, StandardCharsets.ISO_8859_1);
            entry.method(in, 1, 2);
            entry.host(in, 0, in.readableBytes());
            entry.path(in, 0, in.readableBytes());
            entry.traceparent(Unpooled.copiedBuffer("00-" + "\"".repeat(52), StandardCharsets.US_ASCII), 0, 55);
            entry.ended(Outcome.ERROR, HOSTILE);
            ClientLog.finish(entry, 0);
        }
        assertEquals(1, lines().size());
        String line = lines().getFirst();
        assertTrue(line.chars().allMatch(c -> c >= ' ' && c < 0x7f), line);
        assertTrue(
                line.contains(
                        "\"path\":\"/a\\\"},{\\\"b\\\":\\\"\\\\\\u000d\\u000a{\\\"time\\\":\\\"forged\\u001b[2J\\u00ff\""),
                line);
        assertFalse(line.contains("trace_id"), line);
    }

    @Test
    void timesOfTurnsThatOverlapDoNotRunBackwards() throws Exception {
        try (AccessLog log = open(1, 0, 64)) {
            AccessEntry entry = begin(client(log));
            entry.left(log.loop(0).newBatch(), 5_000, 3_000, 9_000);
            ClientLog.finish(entry, entry.receivedNs);
        }
        assertTrue(lines().getFirst().contains("\"queue_us\":0,\"upstream_us\":4,"), lines().getFirst());
    }

    @Test
    void textThatIsTooLongIsCut() throws Exception {
        try (AccessLog log = open(1, 0, 64)) {
            AccessEntry entry = begin(client(log));
            ByteBuf in = Unpooled.copiedBuffer("/" + "\n".repeat(10_000), StandardCharsets.US_ASCII);
            entry.method(in, 0, in.readableBytes());
            entry.host(in, 0, in.readableBytes());
            entry.path(in, 0, in.readableBytes());
            ClientLog.finish(entry, 0);
        }
        assertTrue(lines().getFirst().contains("\\u000a...\""), lines().getFirst());
    }

    @Test
    void everyExchangeHasItsLineHoweverOftenEntriesAreUsedAgain() throws Exception {
        AccessLog log = open(1, 0, 64);
        ClientLog client = client(log);
        int written = 0;
        while (written < 5_000) {
            AccessEntry entry = client.begin(0);
            if (entry != null) {
                entry.command("GET");
                ClientLog.finish(entry, 0);
                written++;
            }
        }
        log.close();
        assertEquals(5_000, lines().size());
        assertEquals(5_000, sum(log, m -> m.lines.get()));
    }

    @Test
    void whatFindsNoEntryIsDroppedAndCounted() throws Exception {
        AccessLog log = open(1, 0, 64);
        ClientLog client = client(log);
        List<AccessEntry> outstanding = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            outstanding.add(begin(client));
        }
        assertNull(client.begin(0));
        assertEquals(1, sum(log, m -> m.dropped.get()));
        outstanding.forEach(entry -> ClientLog.finish(entry, 0));
        log.close();
        assertEquals(64, lines().size());
    }

    @Test
    void errorsOutsideOfTheSampleAreWrittenUpToTheirLimit() throws Exception {
        AccessLog log = AccessLog.open(new AccessLogConfig(file().toString(), 0, 3, 64), 1, () -> 0);
        ClientLog client = client(log);
        for (int i = 0; i < 10; i++) {
            AccessEntry fine = begin(client);
            fine.status = 200;
            ClientLog.finish(fine, 0);
            AccessEntry bad = begin(client);
            bad.ended(Outcome.ERROR, "unreachable");
            ClientLog.finish(bad, 0);
        }
        log.close();
        assertEquals(3, lines().size());
        assertEquals(7, sum(log, m -> m.dropped.get()));
    }

    @Test
    void withoutSampleAndErrorsNothingIsDescribed() throws Exception {
        try (AccessLog log = open(0, 0, 64)) {
            assertNull(client(log).begin(0));
        }
    }

    @Test
    void theSampleIsAboutAsLargeAsAskedFor() throws Exception {
        try (AccessLog log = open(0.25, 0, 64)) {
            ClientLog client = client(log);
            int described = 0;
            for (int i = 0; i < 4_000; i++) {
                AccessEntry entry = client.begin(0);
                if (entry != null) {
                    described++;
                    ClientLog.finish(entry, 0);
                } else if (sum(log, m -> m.dropped.get()) > 0) {
                    return; // the writer is late; what was dropped cannot be told from what was not meant
                }
            }
            assertTrue(described > 800 && described < 1_200, () -> "of 4000");
        }
    }

    @Test
    void aFileThatWasMovedAwayIsOpenedAgain() throws Exception {
        Path moved = dir.resolve("access.log.1");
        try (AccessLog log = open(1, 0, 64)) {
            ClientLog client = client(log);
            ClientLog.finish(begin(client), 0);
            while (Files.size(file()) == 0) {
                Thread.onSpinWait();
            }
            Files.move(file(), moved);
            while (!Files.exists(file())) {
                Thread.onSpinWait();
            }
            ClientLog.finish(begin(client), 0);
        }
        assertEquals(1, Files.readAllLines(moved).size());
        assertEquals(1, lines().size());
    }

    @Test
    void aFileThatCannotBeOpenedIsNamedWithWhatToDo() {
        IOException e = assertThrows(
                IOException.class,
                () -> AccessLog.open(
                        new AccessLogConfig(dir.resolve("no/such/file").toString(), 1, 0, 64), 1, System::nanoTime));
        assertTrue(String.valueOf(e.getMessage()).startsWith("access-log.output = " + dir), e.getMessage());
    }

    @Test
    void onlyOwnerAndGroupMayReadIt() throws Exception {
        open(1, 0, 64).close();
        assertEquals(
                "rw-r-----",
                java.nio.file.attribute.PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
    }
}
