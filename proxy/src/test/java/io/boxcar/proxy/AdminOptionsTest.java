package io.boxcar.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class AdminOptionsTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private volatile int status = 202;
    private HttpServer server = unstarted();

    private static HttpServer unstarted() {
        try {
            return HttpServer.create();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @BeforeEach
    void listen() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("Authorization"));
            byte[] body = "so be it\n".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private String address() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    private int boxcar(String... arguments) {
        CommandLine commandLine = Main.commandLine(Set.of(), AdminOptionsTest::neverRun, List.of());
        return commandLine
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    private static int neverRun(ConfigSource source, boolean takesOver, PrintWriter out, PrintWriter err) {
        throw new AssertionError("run");
    }

    @Test
    void drainAsksForTheDirection() {
        assertEquals(0, boxcar("drain", "--direction", "inbound", "--hold", "1 ms", "--admin", address()));
        assertEquals(0, boxcar("drain", "--admin", "http://" + address()));
        assertEquals(List.of("POST /drain?direction=inbound null", "POST /drain?direction=all null"), asked);
        assertEquals("so be it\nso be it\n", out.toString());
    }

    @Test
    void quitAsksToEnd() {
        assertEquals(0, boxcar("quit", "--admin", address()));
        assertEquals(List.of("POST /quit null"), asked);
    }

    @Test
    void theTokenOfTheEnvironmentIsShown() {
        AdminOptions options = new AdminOptions();
        new CommandLine(new Holder(options)).parseArgs("--admin", address());
        assertEquals(0, options.post("/quit", "0123456789abcdef", new PrintWriter(out), new PrintWriter(err)));
        assertEquals(List.of("POST /quit Bearer 0123456789abcdef"), asked);
    }

    @Test
    void aRefusalIsToldWithTheReason() {
        status = 401;
        assertEquals(1, boxcar("drain", "--admin", address()));
        String told = err.toString();
        assertTrue(told.contains("answered with 401: so be it; set BOXCAR_ADMIN_TOKEN"), told);
    }

    @Test
    void nobodyThereIsTold() throws IOException {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        assertEquals(1, boxcar("quit", "--admin", "127.0.0.1:" + free));
        String told = err.toString();
        assertTrue(told.contains("does Boxcar run there"), told);
    }

    @Test
    void wrongUsageIsExplained() {
        assertEquals(2, boxcar("drain", "--hold", "long", "--admin", address()));
        assertEquals(2, boxcar("drain", "--direction", "up", "--admin", address()));
        assertEquals(2, boxcar("quit", "--admin", "not an address"));
        assertEquals(List.of(), asked);
        String told = err.toString();
        assertTrue(told.contains("--hold long is not a time"), told);
        assertTrue(told.contains("--admin not an address is not an address"), told);
    }

    @CommandLine.Command
    private static final class Holder {
        @CommandLine.Mixin
        private final AdminOptions options;

        private Holder(AdminOptions options) {
            this.options = options;
        }
    }
}
