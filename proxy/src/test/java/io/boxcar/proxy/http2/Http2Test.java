package io.boxcar.proxy.http2;

import static io.boxcar.proxy.http2.H2Message.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.Boxcar;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.BoxcarConfig;
import io.boxcar.proxy.config.ConfigLoader;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2FrameStream;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Settings;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** HTTP/2 client -> Boxcar -> HTTP/2 origin, over loopback sockets and two event loops. */
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class Http2Test {
    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger connections = new AtomicInteger();
    private final CompletableFuture<Long> cancelled = new CompletableFuture<>();
    private final List<Channel> originConnections = new ArrayList<>();
    private volatile boolean isOriginTaking = true;
    private Channel origin;
    private Boxcar boxcar;
    private H2Peer client;

    /** Answers by path. */
    private final class Origin extends H2Peer {
        @Override
        void onRequest(Http2FrameStream stream, H2Message request, boolean isWhole) {
            int count = requests.incrementAndGet();
            isTaking = isOriginTaking;
            String path = String.valueOf(request.head.path());
            if (path.startsWith("/refuse") && count == 1 || path.equals("/always-refused")) {
                reset(stream, Http2Error.REFUSED_STREAM);
            } else if (path.equals("/broken-head")) {
                send(stream, headers(":status", "200", "x", "a\r\nb"), true);
            } else if (path.equals("/wrong-length")) {
                channel()
                        .write(new DefaultHttp2HeadersFrame(headers(":status", "200", "content-length", "5"), false)
                                .stream(stream));
                send(stream, "abc", true);
            } else if (path.equals("/half")) {
                send(stream, headers(":status", "200"), false);
                send(stream, "half", false);
            } else if (path.equals("/lost")) {
                channel().close();
            } else if (path.equals("/lost-once") && count == 1) {
                channel().close();
            } else if (path.startsWith("/leave") && connections.get() == 1) {
                if (path.equals("/leave-none")) {
                    io.netty.buffer.ByteBuf raw =
                            Unpooled.wrappedBuffer(new byte[] {0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
                    channel().pipeline().firstContext().writeAndFlush(raw);
                } else {
                    leave(Http2Error.NO_ERROR);
                    answer(stream, request);
                }
            } else if (path.equals("/duplex")) {
                send(stream, headers(":status", "200"), false);
            } else if (path.equals("/early")) {
                send(stream, headers(":status", "403"), true);
            }
        }

        @Override
        void onWhole(Http2FrameStream stream, H2Message request) {
            String path = String.valueOf(request.head.path());
            switch (path) {
                case "/echo", "/refuse-once", "/lost-once" -> answer(stream, request);
                case "/count" -> {
                    send(stream, headers(":status", "200", "x-bytes", "" + request.bytes), true);
                }
                case "/half" -> reset(stream, Http2Error.INTERNAL_ERROR);
                case "/duplex" -> send(stream, headers("x-last", "1"), true);
                case "/hints" -> {
                    send(stream, headers(":status", "103", "link", "a"), false);
                    send(stream, headers(":status", "200"), true);
                }
                case "/trailers" -> {
                    send(stream, headers(":status", "200"), false);
                    send(stream, "body", false);
                    send(stream, headers("grpc-status", "0", "x-te", field(request, "te")), true);
                }
                case "/big" -> {
                    send(stream, headers(":status", "200", "content-length", "" + BIG), false);
                    more(stream, BIG);
                }
                case "/leave-none" -> {
                    if (connections.get() > 1) {
                        answer(stream, request);
                    }
                }
                default -> {}
            }
        }

        private void answer(Http2FrameStream stream, H2Message request) {
            send(stream, headers(":status", "200", "x-token", field(request, "x-token")), false);
            send(stream, request.text() + field(request, "x-token"), true);
        }

        private void more(Http2FrameStream stream, int left) {
            int bytes = Math.min(left, 64 * 1024);
            send(stream, Unpooled.wrappedBuffer(new byte[bytes]), left == bytes).addListener(sent -> {
                originSent.addAndGet(bytes);
                if (left > bytes && sent.isSuccess()) {
                    more(stream, left - bytes);
                }
            });
        }

        private String field(H2Message request, String name) {
            return request.field(name);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof Http2ResetFrame reset) {
                cancelled.complete(reset.errorCode());
            }
            super.channelRead(ctx, message);
        }
    }

    private static final int BIG = 32 * 1024 * 1024;
    private final AtomicInteger originSent = new AtomicInteger();

    @BeforeEach
    void start() throws Exception {
        origin = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        connections.incrementAndGet();
                        originConnections.add(channel);
                        channel.pipeline()
                                .addLast(
                                        Http2FrameCodecBuilder.forServer()
                                                .validateHeaders(false)
                                                .initialSettings(new Http2Settings().maxConcurrentStreams(50))
                                                .build(),
                                        new Origin());
                    }
                })
                .bind("127.0.0.1", 0)
                .sync()
                .channel();
        boxcar = Boxcar.start(config());
        client = connect();
    }

    private BoxcarConfig config(String... more) throws Exception {
        int port = ((InetSocketAddress) origin.localAddress()).getPort();
        ConfigLoader loader = new ConfigLoader(Set.of("http"))
                .listener("http", "127.0.0.1:0=127.0.0.1:" + port)
                .set("loops=2")
                .set("transport=nio")
                .set("listeners.http.http.limits.resets=20")
                .set("upstreams.http.http.connections=1")
                .set("upstreams.http.http.mode=h2");
        for (String setting : more) {
            loader = loader.set(setting);
        }
        return loader.load();
    }

    private H2Peer connect() throws Exception {
        H2Peer peer = new H2Peer();
        Address.Tcp at = (Address.Tcp) boxcar.address("http");
        new Bootstrap()
                .group(group)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(
                                        Http2FrameCodecBuilder.forClient()
                                                .validateHeaders(false)
                                                .initialSettings(new Http2Settings())
                                                .build(),
                                        peer);
                    }
                })
                .connect("127.0.0.1", at.port())
                .sync();
        return peer;
    }

    @AfterEach
    void stop() {
        boxcar.close();
        group.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void aRequestIsAnswered() throws Exception {
        H2Message response = await(client.get("/echo", "x-token", "7").whole);
        assertEquals("200", response.status());
        assertEquals("7", response.field("x-token"));
        assertEquals("7", response.text());
    }

    @Test
    void thatTheOriginSpeaksHttp2IsFoundOut() throws Exception {
        boxcar.close();
        boxcar = Boxcar.start(config("upstreams.http.http.mode=auto"));
        assertEquals("7", await(connect().get("/echo", "x-token", "7").whole).text());
    }

    @Test
    void aShortBodyTravelsWithItsHead() throws Exception {
        Http2FrameStream stream =
                client.open(H2Peer.request("POST", "/echo", "content-length", "6", "x-token", "t"), false);
        client.send(stream, "abc", false);
        client.send(stream, "def", true);
        assertEquals("abcdeft", await(client.message(stream).whole).text());
    }

    @Test
    void aBodyOfUnknownLengthIsStreamed() throws Exception {
        Http2FrameStream stream = client.open(H2Peer.request("POST", "/duplex"), false);
        await(client.message(stream).headCame); // before the body is over
        client.send(stream, "abc", false);
        client.send(stream, "", true);
        assertEquals(
                "1", String.valueOf(await(client.message(stream).whole).trailers.get("x-last")));
    }

    @Test
    void trailersPassBothWays() throws Exception {
        Http2FrameStream stream = client.open(H2Peer.request("POST", "/trailers", "te", "trailers"), false);
        client.send(stream, "abc", false);
        client.send(stream, H2Peer.headers("x-sum", "1"), true);
        H2Message response = await(client.message(stream).whole);
        assertEquals("body", response.text());
        assertEquals("0", String.valueOf(response.trailers.get("grpc-status")));
        assertEquals("trailers", String.valueOf(response.trailers.get("x-te")));
    }

    @Test
    void interimResponsesPass() throws Exception {
        H2Message response = await(client.get("/hints").whole);
        assertEquals(List.of("103"), response.interim);
        assertEquals("200", response.status());
    }

    @Test
    void aBigResponsePasses() throws Exception {
        assertEquals(BIG, await(client.get("/big").whole).bytes);
    }

    @Test
    void aBigRequestPasses() throws Exception {
        Http2FrameStream stream = client.open(H2Peer.request("POST", "/count"), false);
        for (int sent = 0; sent < BIG; sent += 1 << 20) {
            client.send(stream, Unpooled.wrappedBuffer(new byte[1 << 20]), sent + (1 << 20) == BIG);
        }
        assertEquals("" + BIG, await(client.message(stream).whole).field("x-bytes"));
    }

    @Test
    void aClientThatTakesNothingHoldsTheUpstreamUpAndNobodyElse() throws Exception {
        client.isTaking = false;
        H2Message slow = client.get("/big");
        await(slow.headCame);
        H2Peer other = connect();
        for (int i = 0; i < 200; i++) {
            assertEquals(
                    "" + i, await(other.get("/echo", "x-token", "" + i).whole).text());
        }
        assertTrue(originSent.get() < 4 * 1024 * 1024, "sent " + originSent.get());
        assertEquals(1, connections.get());
        client.channel().close();
        assertEquals(Http2Error.CANCEL.code(), await(cancelled));
    }

    @Test
    void anOriginThatTakesNothingHoldsTheClientUp() throws Exception {
        isOriginTaking = false;
        Http2FrameStream stream = client.open(H2Peer.request("POST", "/count"), false);
        AtomicInteger sent = new AtomicInteger();
        for (int i = 0; i < BIG >> 20; i++) {
            client.send(stream, Unpooled.wrappedBuffer(new byte[1 << 20]), false)
                    .addListener(done -> sent.addAndGet(done.isSuccess() ? 1 : 0));
        }
        H2Peer other = connect();
        for (int i = 0; i < 100; i++) {
            assertEquals(
                    "" + i, await(other.get("/echo", "x-token", "" + i).whole).text());
        }
        assertTrue(sent.get() < 4, "sent " + sent.get() + " MiB");
        client.reset(stream, Http2Error.CANCEL);
        assertEquals(Http2Error.CANCEL.code(), await(cancelled));
    }

    @Test
    void aCancelledStreamIsCancelledUpstream() throws Exception {
        Http2FrameStream stream = client.open(H2Peer.request("GET", "/hang"), true);
        while (requests.get() == 0) {
            await(client.get("/echo").whole);
        }
        client.reset(stream, Http2Error.CANCEL);
        assertEquals(Http2Error.CANCEL.code(), await(cancelled));
        assertEquals("200", await(client.get("/echo").whole).status());
    }

    @Test
    void aRefusedStreamIsTriedAgainWhateverItsMethod() throws Exception {
        Http2FrameStream stream =
                client.open(H2Peer.request("POST", "/refuse-once", "content-length", "3", "x-token", "t"), false);
        client.send(stream, "abc", true);
        assertEquals("abct", await(client.message(stream).whole).text());
        assertEquals(2, requests.get());
    }

    @Test
    void aStreamThatIsAlwaysRefusedFailsInTheEnd() throws Exception {
        H2Message response = await(client.get("/always-refused").whole);
        assertEquals("503", response.status());
        assertEquals("overloaded", response.field("boxcar-error"));
    }

    @Test
    void aRequestWhoseConnectionIsLostIsRepeatedIfThatIsSafe() throws Exception {
        assertEquals("t", await(client.get("/lost-once", "x-token", "t").whole).text());
        Http2FrameStream stream = client.open(H2Peer.request("POST", "/lost"), true);
        H2Message response = await(client.message(stream).whole);
        assertEquals("502", response.status());
        assertEquals("outcome-unknown", response.field("boxcar-error"));
    }

    @Test
    void aGoAwayLetsTheRequestFinish() throws Exception {
        assertEquals("t", await(client.get("/leave", "x-token", "t").whole).text());
        assertEquals("u", await(client.get("/echo", "x-token", "u").whole).text());
        assertEquals(2, connections.get());
    }

    @Test
    void whatTheOriginHasNotProcessedGoesToAnotherConnection() throws Exception {
        Http2FrameStream stream = client.open(H2Peer.request("POST", "/leave-none", "x-token", "t"), true);
        assertEquals("t", await(client.message(stream).whole).text());
        assertEquals(2, connections.get());
    }

    @Test
    void aResponseThatBreaksTheProtocolIsAnError() throws Exception {
        assertEquals("bad-response", await(client.get("/broken-head").whole).field("boxcar-error"));
        assertEquals("bad-response", await(client.get("/wrong-length").whole).field("boxcar-error"));
        assertEquals("200", await(client.get("/echo").whole).status());
    }

    @Test
    void aResponseThatBreaksOffIsReset() throws Exception {
        Http2FrameStream stream = client.open(H2Peer.request("POST", "/half"), false);
        await(client.message(stream).headCame);
        client.send(stream, "", true);
        assertEquals(Http2Error.INTERNAL_ERROR.code(), await(client.message(stream).reset));
        assertEquals("200", await(client.get("/echo").whole).status());
    }

    @Test
    void anEarlyResponseEndsTheRequest() throws Exception {
        Http2FrameStream stream = client.open(H2Peer.request("POST", "/early"), false);
        assertEquals("403", await(client.message(stream).whole).status());
        assertEquals(Http2Error.NO_ERROR.code(), await(client.message(stream).reset));
    }

    @Test
    void aMalformedRequestIsReset() throws Exception {
        H2Message bad = client.get("/echo", "x", "a\r\nb");
        assertEquals(Http2Error.PROTOCOL_ERROR.code(), await(bad.reset));
        H2Message worse = client.get("/echo", "connection", "close");
        assertEquals(Http2Error.PROTOCOL_ERROR.code(), await(worse.reset));
        assertEquals("200", await(client.get("/echo").whole).status());
        assertEquals(1, requests.get());
    }

    @Test
    void aBodyOfAnotherLengthIsReset() throws Exception {
        Http2FrameStream stream = client.open(H2Peer.request("POST", "/echo", "content-length", "3"), false);
        client.send(stream, "abcd", true);
        assertEquals(Http2Error.PROTOCOL_ERROR.code(), await(client.message(stream).reset));
        assertEquals("200", await(client.get("/echo").whole).status());
        assertEquals(1, requests.get());
    }

    @Test
    void connectIsNotAllowed() throws Exception {
        Http2FrameStream stream = client.open(H2Peer.headers(":method", "CONNECT", ":authority", "a:1"), false);
        assertEquals("501", await(client.message(stream).headCame).status());
    }

    @Test
    void aFloodOfResetsEndsTheConnection() throws Exception {
        for (int i = 0; i < 30; i++) {
            Http2FrameStream stream = client.open(H2Peer.request("GET", "/hang"), true);
            client.reset(stream, Http2Error.CANCEL);
        }
        assertEquals(Http2Error.ENHANCE_YOUR_CALM.code(), await(client.goAway));
        assertEquals("200", await(connect().get("/echo").whole).status());
    }

    @Test
    void drainingSaysGoAwayAndLetsRequestsFinish() throws Exception {
        Http2FrameStream stream = client.open(H2Peer.request("POST", "/duplex"), false);
        await(client.message(stream).headCame);
        CompletableFuture<Integer> drained = CompletableFuture.supplyAsync(() -> {
            try {
                return boxcar.drain();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        assertEquals(Http2Error.NO_ERROR.code(), await(client.goAway));
        client.send(stream, "", true);
        await(client.message(stream).whole);
        assertEquals(0, await(drained));
    }

    @Test
    void responsesOfManyStreamsAndClientsAreNeverMixed() throws Exception {
        List<H2Peer> clients = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            clients.add(connect());
        }
        List<H2Message> responses = new ArrayList<>();
        int perClient = 250;
        for (int i = 0; i < perClient; i++) {
            for (int c = 0; c < clients.size(); c++) {
                String token = c + "-" + i;
                if (i % 3 == 0) {
                    Http2FrameStream stream =
                            clients.get(c).open(H2Peer.request("POST", "/echo", "x-token", token), false);
                    clients.get(c).send(stream, "body-" + token + "-", true);
                    responses.add(clients.get(c).message(stream));
                } else {
                    responses.add(clients.get(c).get("/echo", "x-token", token));
                }
            }
            if (i % 10 == 9) {
                for (H2Message response : responses) {
                    await(response.whole);
                }
            }
        }
        for (int i = 0; i < responses.size(); i++) {
            H2Message response = await(responses.get(i).whole);
            String token = i % clients.size() + "-" + i / clients.size();
            assertEquals("200", response.status());
            assertEquals(token, response.field("x-token"));
            String body = i / clients.size() % 3 == 0 ? "body-" + token + "-" + token : token;
            assertEquals(body, response.text());
        }
        assertEquals(1, connections.get());
        assertEquals(clients.size() * perClient, requests.get());
    }

    @Test
    void aClientThatLeavesTakesItsRequestsWithIt() throws Exception {
        H2Message response = client.get("/hang");
        while (requests.get() == 0) {
            await(client.get("/echo").whole);
        }
        client.channel().close();
        assertThrows(ExecutionException.class, () -> await(response.whole));
        assertEquals(Http2Error.CANCEL.code(), await(cancelled));
    }
}
