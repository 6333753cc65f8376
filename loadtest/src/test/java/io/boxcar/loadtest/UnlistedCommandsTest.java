package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.config.Address;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Commands that Boxcar has never heard of, such as those of modules: here, renamed ones. */
@Timeout(60)
class UnlistedCommandsTest {
    private static final List<String> RENAMED =
            List.of("--rename-command", "GET", "MYGET", "--rename-command", "BLPOP", "MYBLPOP");

    private static Children children;
    private static final List<RedisOrigin> servers = new ArrayList<>();

    @BeforeAll
    static void start() throws IOException {
        children = new Children();
        for (int i = 0; i < 3; i++) {
            servers.add(RedisOrigin.start(children, Loopback.port(0), RENAMED));
        }
    }

    @AfterAll
    static void stop() {
        servers.forEach(RedisOrigin::close);
    }

    @Test
    void aCommandThatReadsIsSharedFromItsFirstUseOn() throws IOException {
        try (LocalBoxcar boxcar = LocalBoxcar.before(servers.getFirst()).ready();
                Wire direct = Wire.open(servers.getFirst().address())) {
            List<Wire> wires = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                Wire wire = boxcar.connect();
                wires.add(wire);
                assertEquals("+OK\r\n", wire.ask("SET", "key" + i, "value" + i));
                assertEquals(Wire.bulk("value" + i), wire.ask("myget", "key" + i));
                assertEquals(Wire.bulk("value" + i), wire.ask("MYGET", "key" + i));
                assertEquals(1, boxcar.stat("listeners", "pinned_lent"), "only for the first");
            }
            assertEquals(3, connected(direct), "this one, one shared, one pinned and idle");
            for (Wire wire : wires) {
                wire.close();
            }
        }
    }

    @Test
    void aPipelineOfThemIsAnsweredInOrder() throws IOException {
        try (LocalBoxcar boxcar = LocalBoxcar.before(servers.getFirst()).ready();
                Wire wire = boxcar.connect()) {
            var all = new ByteArrayOutputStream();
            for (int i = 0; i < 100; i++) {
                all.writeBytes(Wire.command("SET", "p" + i, i));
                all.writeBytes(Wire.command("MYGET", "p" + i));
                all.writeBytes(Wire.command("NOSUCH" + i % 3, "p" + i));
            }
            wire.sendBytes(all.toByteArray());
            for (int i = 0; i < 100; i++) {
                assertEquals("+OK\r\n", wire.reply());
                assertEquals(Wire.bulk("" + i), wire.reply());
                String unknown = wire.reply();
                assertTrue(unknown.startsWith("-ERR unknown command 'NOSUCH" + i % 3), unknown);
            }
        }
    }

    @Test
    void aCommandThatBlocksNeverIsShared() throws IOException {
        try (LocalBoxcar boxcar = LocalBoxcar.before(servers.getFirst()).ready()) {
            for (int i = 1; i <= 5; i++) {
                try (Wire wire = boxcar.connect();
                        Wire other = boxcar.connect()) {
                    wire.send("MYBLPOP", "list", "0");
                    assertEquals("+PONG\r\n", other.ask("PING"), "nobody waits behind it");
                    int times = i;
                    Eventually.isTrue("it is pinned", () -> boxcar.stat("listeners", "pinned_lent") == times);
                    assertEquals(":1\r\n", other.ask("RPUSH", "list", "element"));
                    assertEquals("*2\r\n" + Wire.bulk("list") + Wire.bulk("element"), wire.reply());
                    assertEquals("+PONG\r\n", wire.ask("PING"));
                }
            }
        }
    }

    @Test
    void whoMayNotAskStaysPinned() throws IOException {
        try (Wire direct = Wire.open(servers.getFirst().address());
                LocalBoxcar boxcar = LocalBoxcar.before(servers.getFirst()).ready();
                Wire wire = boxcar.connect()) {
            assertEquals("+OK\r\n", direct.ask("ACL", "SETUSER", "u", "on", ">p", "~*", "+@all", "-command"));
            assertEquals("+OK\r\n", direct.ask("SET", "acl", "v"));
            assertEquals("+OK\r\n", wire.ask("AUTH", "u", "p"));
            assertEquals(Wire.bulk("v"), wire.ask("MYGET", "acl"));
            assertEquals(Wire.bulk("v"), wire.ask("MYGET", "acl"));
            long lent = boxcar.stat("listeners", "pinned_lent");
            assertEquals(1, lent - boxcar.stat("listeners", "pinned_returned"), "for life");
        }
    }

    @Test
    void withSeveralEndpointsTheirKeysDecideWhereTheyGo() throws IOException {
        List<Address> addresses = servers.stream().map(RedisOrigin::address).toList();
        try (LocalBoxcar boxcar = LocalBoxcar.before(addresses).ready();
                Wire wire = boxcar.connect()) {
            String unknown = wire.ask("NOSUCH", "several1");
            assertTrue(unknown.startsWith("-CROSSSLOT"), unknown);
            for (int i = 0; i < 100; i++) {
                assertEquals("+OK\r\n", wire.ask("SET", "several" + i, i));
                assertEquals(Wire.bulk("" + i), wire.ask("MYGET", "several" + i));
            }
            assertEquals(2, boxcar.stat("listeners", "pinned_lent"), "to ask about each of the two");
            for (int i = 0; i < 10; i++) {
                assertEquals(":1\r\n", wire.ask("RPUSH", "q" + i, i));
            }
            for (int i = 0; i < 10; i++) {
                try (Wire blocking = boxcar.connect()) {
                    assertEquals(
                            "*2\r\n" + Wire.bulk("q" + i) + Wire.bulk("" + i), blocking.ask("MYBLPOP", "q" + i, "1"));
                }
            }
        }
    }

    private static long connected(Wire direct) throws IOException {
        return direct.ask("INFO", "clients")
                .lines()
                .filter(line -> line.startsWith("connected_clients:"))
                .mapToLong(line -> Long.parseLong(line.substring(18).strip()))
                .findFirst()
                .orElseThrow();
    }
}
