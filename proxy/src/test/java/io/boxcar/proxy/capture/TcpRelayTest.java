package io.boxcar.proxy.capture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.metrics.ListenerMetrics;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.TransportChoice;
import io.boxcar.proxy.core.LoopContext;
import io.boxcar.proxy.transport.Transport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class TcpRelayTest {
    private static final int MIB = 1 << 20;
    private static final long CONNECT_NS = 1_000_000_000;

    private final ServerSocket server;
    private final ListenerMetrics metrics = new ListenerMetrics("test");

    @SuppressWarnings("NullAway.Init")
    private MultiThreadIoEventLoopGroup group;

    @SuppressWarnings("NullAway.Init")
    private Channel listening;

    TcpRelayTest() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    private Socket connect(TransportChoice choice) throws IOException {
        Transport transport = Transport.choose(choice);
        group = new MultiThreadIoEventLoopGroup(1, transport.ioHandlerFactory());
        LoopContext context = new LoopContext(group.next(), 16, MIB, null);
        Address destination = new Address.Tcp("127.0.0.1", server.getLocalPort());
        listening = transport
                .bind(context.loop(), new Address.Tcp("127.0.0.1", 0), 50, false, new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new TcpRelay(transport, destination, CONNECT_NS, context, metrics));
                    }
                })
                .syncUninterruptibly()
                .channel();
        return new Socket(InetAddress.getLoopbackAddress(), ((InetSocketAddress) listening.localAddress()).getPort());
    }

    @AfterEach
    void close() throws IOException {
        server.close();
        listening.close().syncUninterruptibly();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @ParameterizedTest
    @EnumSource(
            value = TransportChoice.class,
            names = {"AUTO", "EPOLL"})
    void theServerMaySpeakFirstAndEitherSideMayEndFirst(TransportChoice choice) throws Exception {
        try (Socket client = connect(choice);
                Socket accepted = server.accept()) {
            accepted.getOutputStream().write("hello".getBytes());
            assertEquals("hello", new String(client.getInputStream().readNBytes(5)));
            client.getOutputStream().write("question".getBytes());
            client.shutdownOutput();
            assertEquals("question", new String(accepted.getInputStream().readAllBytes()));
            accepted.getOutputStream().write("answer".getBytes());
            accepted.shutdownOutput();
            assertEquals("answer", new String(client.getInputStream().readAllBytes()));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = TransportChoice.class,
            names = {"AUTO", "EPOLL"})
    void theServerMayEndFirst(TransportChoice choice) throws Exception {
        try (Socket client = connect(choice);
                Socket accepted = server.accept()) {
            accepted.shutdownOutput();
            assertEquals(-1, client.getInputStream().read());
            client.getOutputStream().write("still here".getBytes());
            client.shutdownOutput();
            assertEquals("still here", new String(accepted.getInputStream().readAllBytes()));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = TransportChoice.class,
            names = {"AUTO", "EPOLL"})
    void aSideThatReadsNothingStopsTheOther(TransportChoice choice) throws Exception {
        byte[] sent = new byte[64 * MIB];
        new SplittableRandom(1).nextBytes(sent);
        try (Socket client = connect(choice);
                Socket accepted = server.accept()) {
            AtomicLong written = new AtomicLong();
            Thread writer = Thread.ofVirtual().start(() -> {
                try {
                    for (int at = 0; at < sent.length; at += MIB / 16) {
                        client.getOutputStream().write(sent, at, MIB / 16);
                        written.addAndGet(MIB / 16);
                    }
                    client.shutdownOutput();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            long before = -1;
            while (before != written.get()) {
                before = written.get();
                Thread.sleep(300); // it stands still when it does not move for so long
            }
            assertTrue(before < sent.length / 2, "so much was taken: " + before);
            InputStream in = accepted.getInputStream();
            assertArrayEquals(sent, in.readAllBytes());
            writer.join();
            assertEquals(sent.length, metrics.bytesIn.get());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = TransportChoice.class,
            names = {"AUTO", "EPOLL"})
    void aResetIsPassedOn(TransportChoice choice) throws Exception {
        try (Socket client = connect(choice);
                Socket accepted = server.accept()) {
            client.getOutputStream().write(1);
            assertEquals(1, accepted.getInputStream().read());
            accepted.setSoLinger(true, 0);
            accepted.close();
            assertThrows(SocketException.class, () -> client.getInputStream().read());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = TransportChoice.class,
            names = {"AUTO", "EPOLL"})
    void aDestinationThatRefusesResets(TransportChoice choice) throws Exception {
        server.close();
        try (Socket client = connect(choice)) {
            assertThrows(SocketException.class, () -> {
                client.getOutputStream().write(new byte[10]); // the reset may be here already
                while (client.getInputStream().read() >= 0) {
                    // until it is reset
                }
            });
        }
    }
}
