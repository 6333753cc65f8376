package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.WebSocketListener;
import okio.ByteString;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** WebSockets, RFC 6455: tunnels through Boxcar, whatever else is spoken to the origin. */
@ExtendWith(NoLeaks.class)
class WebSocketTest {
    private static final long PATIENCE_SECONDS = 30;
    private static final int LARGE_BYTES = 3_000_000;

    private static WebSocketOrigin origin;
    private static LocalBoxcar pipelining;
    private static LocalBoxcar auto;

    @BeforeAll
    static void start() throws Exception {
        origin = WebSocketOrigin.start();
        pipelining = LocalBoxcar.http(origin.address(), "upstreams.http.http.mode=pipeline")
                .ready();
        auto = LocalBoxcar.http(origin.address()).ready();
    }

    @AfterAll
    static void stop() {
        auto.close();
        pipelining.close();
        origin.close();
    }

    private static LocalBoxcar boxcar(String mode) {
        return mode.equals("auto") ? auto : pipelining;
    }

    private static <T> T next(BlockingQueue<T> heard) throws InterruptedException {
        T item = heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (item == null) {
            throw new AssertionError("nothing was heard");
        }
        return item;
    }

    @ParameterizedTest
    @ValueSource(strings = {"pipeline", "auto"})
    void ofTheJdkHearsItsEcho(String mode) throws Exception {
        byte[] large = new byte[LARGE_BYTES];
        new Random(1).nextBytes(large);
        BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
        try (HttpClient client = HttpClient.newHttpClient()) {
            WebSocket socket = client.newWebSocketBuilder()
                    .buildAsync(URI.create("ws://127.0.0.1:" + boxcar(mode).port() + "/ws"), new Collector(heard))
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            for (int i = 0; i < 100; i++) {
                CompletableFuture<WebSocket> unused = socket.sendText("message " + i, true);
                unused.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                assertEquals("message " + i, next(heard));
            }
            var unused = socket.sendBinary(ByteBuffer.wrap(large), true);
            assertArrayEquals(large, (byte[]) next(heard));
            var closing = socket.sendClose(WebSocket.NORMAL_CLOSURE, "done");
            closing.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertEquals("closed 1000", next(heard));
        }
    }

    /** Puts together what comes in parts. */
    private static final class Collector implements WebSocket.Listener {
        private final BlockingQueue<Object> heard;
        private final StringBuilder text = new StringBuilder();
        private final ByteArrayOutputStream binary = new ByteArrayOutputStream();

        Collector(BlockingQueue<Object> heard) {
            this.heard = heard;
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                heard.add(text.toString());
                text.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            byte[] part = new byte[data.remaining()];
            data.get(part);
            binary.writeBytes(part);
            if (last) {
                heard.add(binary.toByteArray());
                binary.reset();
            }
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            heard.add("closed " + status);
            return null;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pipeline", "auto"})
    void ofOkHttpHearsItsEcho(String mode) throws Exception {
        byte[] large = new byte[LARGE_BYTES];
        new Random(1).nextBytes(large);
        BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
        OkHttpClient client = new OkHttpClient();
        okhttp3.WebSocket socket = client.newWebSocket(
                new Request.Builder()
                        .url("http://127.0.0.1:" + boxcar(mode).port() + "/ws")
                        .build(),
                new WebSocketListener() {
                    @Override
                    public void onMessage(okhttp3.WebSocket from, String text) {
                        heard.add(text);
                    }

                    @Override
                    public void onMessage(okhttp3.WebSocket from, ByteString bytes) {
                        heard.add(bytes);
                    }

                    @Override
                    public void onClosed(okhttp3.WebSocket from, int code, String reason) {
                        heard.add("closed " + code);
                    }

                    @Override
                    public void onFailure(okhttp3.WebSocket from, Throwable cause, @Nullable Response response) {
                        heard.add(cause);
                    }
                });
        socket.send("hello");
        assertEquals("hello", next(heard));
        socket.send(ByteString.of(large));
        assertEquals(ByteString.of(large), next(heard));
        socket.close(1000, "done");
        assertEquals("closed 1000", next(heard));
        client.dispatcher().executorService().shutdown();
        client.connectionPool().evictAll();
    }
}
