package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who may ask a sidecar what, and what it lets others say in its log. */
@Timeout(60)
class AdminAccessTest {
    private static final String TOKEN = "0123456789abcdef";

    @Test
    void quitEndsTheProcessAsSigtermDoes() throws Exception {
        try (RedisOrigin redis = RedisOrigin.start();
                SidecarProcess sidecar = SidecarProcess.serving(redis.address())) {
            assertEquals("ending\n", sidecar.post("/quit").body());
            assertEquals(0, sidecar.exitStatus());
        }
    }

    @Test
    void withATokenOnlyHealthAndMetricsAreOpen() throws Exception {
        try (RedisOrigin redis = RedisOrigin.start();
                SidecarProcess sidecar = SidecarProcess.serving(redis.address(), "admin.token=" + TOKEN)) {
            for (String open : List.of("/live", "/metrics")) {
                assertEquals(200, sidecar.get(open).statusCode());
            }
            assertEquals(401, sidecar.get("/config").statusCode());
            assertEquals(401, sidecar.post("/quit").statusCode());
            assertTrue(sidecar.isAlive());
            assertFalse(sidecar.output().contains("whoever reaches it"), sidecar::output);
            assertFalse(sidecar.output().contains(TOKEN), sidecar::output);
        }
    }

    @Test
    void anEndpointThatIsOpenToOthersIsWarnedOf() throws Exception {
        try (RedisOrigin redis = RedisOrigin.start();
                SidecarProcess sidecar = SidecarProcess.serving(redis.address(), "admin.listen=\"0.0.0.0:0\"")) {
            Eventually.isTrue(
                    "a warning",
                    () -> sidecar.output()
                            .contains(
                                    " WARNING AdminServer: the admin endpoint on 0.0.0.0:0 can be drained and reloaded by whoever"
                                            + " reaches it; set boxcar.admin.token"));
        }
    }

    /** Each of which holds a connection and sends nothing more. */
    @Test
    void clientsThatStallKeepNeitherOthersNorTheEndOfTheProcess() throws Exception {
        List<Socket> stalled = new ArrayList<>();
        try (RedisOrigin redis = RedisOrigin.start();
                SidecarProcess sidecar = SidecarProcess.serving(redis.address())) {
            URI admin = sidecar.admin();
            for (int i = 0; i < 50; i++) {
                Socket socket = new Socket(admin.getHost(), admin.getPort());
                stalled.add(socket);
                String half = i % 2 == 0 ? "GET /met" : "POST /reload HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n";
                socket.getOutputStream().write(half.getBytes(StandardCharsets.US_ASCII));
            }
            assertEquals(200, sidecar.get("/live").statusCode());
            sidecar.terminate();
            assertEquals(0, sidecar.exitStatus());
        } finally {
            for (Socket socket : stalled) {
                socket.close();
            }
        }
    }

    /** Beginning a line of the log, and moving the cursor of whoever reads it. */
    @Test
    void whatAnUpstreamSaysStaysInItsLine() throws Exception {
        try (ServerSocket hostile = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"))) {
            Thread.ofVirtual().start(() -> refuseAll(hostile));
            try (SidecarProcess sidecar = SidecarProcess.serving(
                    new io.boxcar.proxy.config.Address.Tcp("127.0.0.1", hostile.getLocalPort()))) {
                Eventually.isTrue("a refusal", () -> sidecar.output().contains("all is well"));
                String ready = sidecar.get("/ready").body();
                String all = ready + sidecar.output();
                assertTrue(all.chars().allMatch(c -> c == '\n' || c >= ' ' && c != 0x7f), all);
                assertFalse(all.lines().anyMatch(line -> line.startsWith("2026-01-01")), all);
                assertTrue(all.contains("\\u001b[2J"), all);
            }
        }
    }

    private static void refuseAll(ServerSocket server) {
        try {
            while (true) {
                Socket socket = server.accept();
                socket.getInputStream().read(new byte[1024]);
                socket.getOutputStream()
                        .write("-ERR no\n2026-01-01T00:00:00.000Z INFO Lane: all is well \u001b[2J\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
            }
        } catch (IOException e) {
            // closed
        }
    }
}
