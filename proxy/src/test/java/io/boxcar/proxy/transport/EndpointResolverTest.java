package io.boxcar.proxy.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.config.TransportChoice;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.dns.DatagramDnsQuery;
import io.netty.handler.codec.dns.DatagramDnsQueryDecoder;
import io.netty.handler.codec.dns.DatagramDnsResponse;
import io.netty.handler.codec.dns.DatagramDnsResponseEncoder;
import io.netty.handler.codec.dns.DefaultDnsRawRecord;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.handler.codec.dns.DnsSection;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.SingletonDnsServerAddressStreamProvider;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class EndpointResolverTest {

    private static final long MS = 1_000_000;
    private static final long HOUR = 3_600_000 * MS;

    /** What the name server answers: to a name the TTL in seconds and addresses, or an alias; nothing to other names. */
    private final Map<String, List<String>> zone = new ConcurrentHashMap<>();

    private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final EventLoopGroup serverLoops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private InetSocketAddress server = new InetSocketAddress(0);

    @BeforeEach
    void startNameServer() throws InterruptedException {
        Channel channel = new Bootstrap()
                .group(serverLoops)
                .channel(NioDatagramChannel.class)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel ch) {
                        ch.pipeline()
                                .addLast(
                                        new DatagramDnsQueryDecoder(),
                                        new DatagramDnsResponseEncoder(),
                                        new NameServer());
                    }
                })
                .bind(new InetSocketAddress("127.0.0.1", 0))
                .sync()
                .channel();
        server = (InetSocketAddress) channel.localAddress();
    }

    @AfterEach
    void stopNameServer() {
        serverLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @ParameterizedTest
    @EnumSource(
            value = TransportChoice.class,
            names = {"AUTO", "NIO"})
    void followsTheNameServerWhenTheTtlIsOver(TransportChoice choice) throws Exception {
        zone.put("web.test.", List.of("0", "10.0.0.2", "10.0.0.1"));
        watching(choice, "web.test", MS, HOUR, () -> {
            assertEquals("10.0.0.1 10.0.0.2", heard.take());
            zone.put("web.test.", List.of("0", "10.0.0.3"));
            assertEquals("10.0.0.3", heard.take());
        });
    }

    @Test
    void keepsTheLastAnswerWhileTheNameServerKnowsNothing() throws Exception {
        zone.put("web.test.", List.of("0", "10.0.0.1"));
        watching(TransportChoice.NIO, "web.test", MS, MS, () -> {
            assertEquals("10.0.0.1", heard.take());
            zone.clear();
            assertTrue(heard.take().startsWith("failed: "));
            zone.put("web.test.", List.of("0", "10.0.0.2"));
            assertEquals("10.0.0.2", nextAddresses());
        });
    }

    @Test
    void asksAgainAtTheShortestTtlOnTheWayToTheAddress() throws Exception {
        zone.put("web.test.", List.of("0", "real.test."));
        zone.put("real.test.", List.of("3600", "10.0.0.1"));
        watching(TransportChoice.NIO, "web.test", MS, HOUR, () -> {
            assertEquals("10.0.0.1", heard.take());
            zone.put("web.test.", List.of("0", "other.test."));
            zone.put("other.test.", List.of("3600", "10.0.0.2"));
            assertEquals("10.0.0.2", nextAddresses());
        });
    }

    @Test
    void doesNotAskAgainBeforeTheTtlIsOver() throws Exception {
        zone.put("web.test.", List.of("3600", "10.0.0.1"));
        zone.put("quick.test.", List.of("0", "10.0.0.9"));
        watching(TransportChoice.NIO, "web.test", MS, HOUR, () -> {
            assertEquals("10.0.0.1", heard.take());
            asked.clear();
            watching(TransportChoice.NIO, "quick.test", MS, HOUR, () -> {
                for (int i = 0; i < 5; i++) {
                    assertEquals("quick.test.", asked.take());
                }
            });
            assertFalse(asked.contains("web.test."));
        });
    }

    @Test
    void addsTheSearchDomains() throws Exception {
        zone.put("web.svc.test.", List.of("3600", "10.0.0.1"));
        watching(TransportChoice.NIO, "web", MS, HOUR, () -> assertEquals("10.0.0.1", nextAddresses()));
    }

    @Test
    void usesTheHostsFileWithoutAskingAnyone() throws Exception {
        watching(TransportChoice.NIO, "in-hosts-file", MS, HOUR, () -> assertEquals("10.9.9.9", heard.take()));
        assertTrue(asked.isEmpty());
    }

    @Test
    void takesALiteralAddressAsItIs() throws Exception {
        assertTrue(EndpointResolver.isLiteral("10.1.2.3"));
        assertTrue(EndpointResolver.isLiteral("::1"));
        assertFalse(EndpointResolver.isLiteral("web.test"));
        watching(TransportChoice.NIO, "10.1.2.3", MS, HOUR, () -> assertEquals("10.1.2.3", heard.take()));
        assertTrue(asked.isEmpty());
    }

    @Test
    void findsTheLocalHostWithTheSettingsOfTheMachine() throws Exception {
        Transport transport = Transport.choose(TransportChoice.AUTO);
        watching(
                transport,
                transport.endpointResolver(),
                "localhost",
                MS,
                HOUR,
                () -> assertEquals("127.0.0.1", heard.take()));
    }

    private interface Body {
        void run() throws Exception;
    }

    private void watching(TransportChoice choice, String host, long minNs, long maxNs, Body body) throws Exception {
        Transport transport = Transport.choose(choice);
        EndpointResolver resolver = new EndpointResolver(() -> transport
                .nameResolver()
                .nameServerProvider(new SingletonDnsServerAddressStreamProvider(server))
                .resolvedAddressTypes(ResolvedAddressTypes.IPV4_ONLY)
                .searchDomains(List.of("svc.test"))
                .ndots(1)
                .hostsFileEntriesResolver((name, types) -> name.equals("in-hosts-file") ? address("10.9.9.9") : null));
        watching(transport, resolver, host, minNs, maxNs, body);
    }

    private void watching(
            Transport transport, EndpointResolver resolver, String host, long minNs, long maxNs, Body body)
            throws Exception {
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, transport.ioHandlerFactory());
        EventLoop loop = loops.next();
        try (HostWatch watch = resolver.watch(loop, host, minNs, maxNs, new Heard())) {
            body.run();
        } finally {
            // Not in the middle of a lookup, whose socket would complain.
            loops.shutdownGracefully(50, 1_000, TimeUnit.MILLISECONDS).syncUninterruptibly();
        }
    }

    private String nextAddresses() throws InterruptedException {
        while (true) {
            String next = heard.take();
            if (!next.startsWith("failed: ")) {
                return next;
            }
        }
    }

    private final class Heard implements AddressListener {
        @Override
        public void changed(List<InetAddress> addresses) {
            heard.add(String.join(
                    " ", addresses.stream().map(InetAddress::getHostAddress).toList()));
        }

        @Override
        public void failed(String reason) {
            heard.add("failed: " + reason);
        }
    }

    private final class NameServer extends SimpleChannelInboundHandler<DatagramDnsQuery> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, DatagramDnsQuery query) {
            DnsQuestion question = query.recordAt(DnsSection.QUESTION);
            asked.add(question.name());
            List<String> found = zone.get(question.name());
            DatagramDnsResponse response = new DatagramDnsResponse(query.recipient(), query.sender(), query.id());
            response.setCode(found == null ? DnsResponseCode.NXDOMAIN : DnsResponseCode.NOERROR);
            response.addRecord(DnsSection.QUESTION, question);
            if (found != null && question.type().equals(DnsRecordType.A)) {
                for (String each : found.subList(1, found.size())) {
                    boolean alias = each.endsWith(".");
                    response.addRecord(
                            DnsSection.ANSWER,
                            new DefaultDnsRawRecord(
                                    question.name(),
                                    alias ? DnsRecordType.CNAME : DnsRecordType.A,
                                    Long.parseLong(found.getFirst()),
                                    ctx.alloc()
                                            .buffer()
                                            .writeBytes(
                                                    alias
                                                            ? nameBytes(each)
                                                            : address(each).getAddress())));
                }
            }
            ctx.writeAndFlush(response);
        }
    }

    /** RFC 1035, section 3.1: labels, each after its length, and the empty one at the end. */
    private static byte[] nameBytes(String name) {
        byte[] bytes = new byte[name.length() + 1];
        int at = 0;
        for (String label : name.split("\\.", -1)) {
            bytes[at++] = (byte) label.length();
            for (int i = 0; i < label.length(); i++) {
                bytes[at++] = (byte) label.charAt(i);
            }
        }
        return Arrays.copyOf(bytes, at);
    }

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByAddress(NetUtil.createByteArrayFromIpAddressString(text));
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
