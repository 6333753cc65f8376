package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.CallOptions;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** grpc-java through Boxcar, HTTP/2 on both sides: every kind of call, and what comes in trailers. */
@ExtendWith(NoLeaks.class)
class GrpcTest {
    private static final int MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
    private static final long PATIENCE_SECONDS = 30;
    private static final Metadata.Key<String> DETAIL = Metadata.Key.of("detail", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<byte[]> BINARY = Metadata.Key.of("detail-bin", Metadata.BINARY_BYTE_MARSHALLER);
    private static final byte[] BINARY_DETAIL = {0, 1, (byte) 0xff};

    private static final MethodDescriptor<byte[], byte[]> UNARY = method("unary", MethodDescriptor.MethodType.UNARY);
    private static final MethodDescriptor<byte[], byte[]> FAILING =
            method("failing", MethodDescriptor.MethodType.UNARY);
    private static final MethodDescriptor<byte[], byte[]> HANGING =
            method("hanging", MethodDescriptor.MethodType.UNARY);
    private static final MethodDescriptor<byte[], byte[]> DOWN =
            method("down", MethodDescriptor.MethodType.SERVER_STREAMING);
    private static final MethodDescriptor<byte[], byte[]> UP =
            method("up", MethodDescriptor.MethodType.CLIENT_STREAMING);
    private static final MethodDescriptor<byte[], byte[]> BOTH =
            method("both", MethodDescriptor.MethodType.BIDI_STREAMING);

    private static final CountDownLatch cancelledCalls = new CountDownLatch(2);

    private static Server server;
    private static LocalBoxcar boxcar;
    private static ManagedChannel channel;

    private static MethodDescriptor<byte[], byte[]> method(String name, MethodDescriptor.MethodType type) {
        return MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(type)
                .setFullMethodName(MethodDescriptor.generateFullMethodName("boxcar.Test", name))
                .setRequestMarshaller(new Bytes())
                .setResponseMarshaller(new Bytes())
                .build();
    }

    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try (stream) {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    @BeforeAll
    static void start() throws Exception {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .addService(service())
                .build()
                .start();
        boxcar = LocalBoxcar.http(Loopback.port(server.getPort())).ready();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", boxcar.port())
                .usePlaintext()
                .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .build();
    }

    @AfterAll
    static void stop() throws InterruptedException {
        channel.shutdownNow().awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
        boxcar.close();
        server.shutdownNow().awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private static ServerServiceDefinition service() {
        return ServerServiceDefinition.builder("boxcar.Test")
                .addMethod(UNARY, ServerCalls.asyncUnaryCall((request, answers) -> {
                    answers.onNext(request);
                    answers.onCompleted();
                }))
                .addMethod(FAILING, ServerCalls.asyncUnaryCall((request, answers) -> {
                    Metadata trailers = new Metadata();
                    trailers.put(DETAIL, "more of it");
                    trailers.put(BINARY, BINARY_DETAIL);
                    answers.onError(Status.FAILED_PRECONDITION
                            .withDescription("not so: 100 % \u00fc")
                            .asRuntimeException(trailers));
                }))
                .addMethod(
                        HANGING,
                        ServerCalls.asyncUnaryCall((request, answers) ->
                                Context.current().addListener(context -> cancelledCalls.countDown(), Runnable::run)))
                .addMethod(DOWN, ServerCalls.asyncServerStreamingCall((request, answers) -> {
                    int count = Integer.parseInt(new String(request, StandardCharsets.US_ASCII));
                    for (int i = 0; i < count; i++) {
                        answers.onNext(text("down " + i));
                    }
                    answers.onCompleted();
                }))
                .addMethod(UP, ServerCalls.asyncClientStreamingCall(Adder::new))
                .addMethod(BOTH, ServerCalls.asyncBidiStreamingCall(Repeater::new))
                .build();
    }

    /** Answers with the number of bytes at the end. */
    private static final class Adder implements StreamObserver<byte[]> {
        private final StreamObserver<byte[]> answers;
        private long bytes;

        Adder(StreamObserver<byte[]> answers) {
            this.answers = answers;
        }

        @Override
        public void onNext(byte[] value) {
            bytes += value.length;
        }

        @Override
        public void onError(Throwable cause) {}

        @Override
        public void onCompleted() {
            answers.onNext(text("" + bytes));
            answers.onCompleted();
        }
    }

    /** Answers each message with itself. */
    private static final class Repeater implements StreamObserver<byte[]> {
        private final StreamObserver<byte[]> answers;

        Repeater(StreamObserver<byte[]> answers) {
            this.answers = answers;
        }

        @Override
        public void onNext(byte[] value) {
            answers.onNext(value);
        }

        @Override
        public void onError(Throwable cause) {}

        @Override
        public void onCompleted() {
            answers.onCompleted();
        }
    }

    /** Keeps what it hears, and how it ends: null in the queue cannot be, so the end is a text. */
    private static final class Hearer implements StreamObserver<byte[]> {
        private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

        @Override
        public void onNext(byte[] value) {
            heard.add(new String(value, StandardCharsets.UTF_8));
        }

        @Override
        public void onError(Throwable cause) {
            heard.add(Status.fromThrowable(cause).getCode().name());
        }

        @Override
        public void onCompleted() {
            heard.add("end");
        }

        String next() throws InterruptedException {
            return String.valueOf(heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS));
        }
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] call(MethodDescriptor<byte[], byte[]> method, byte[] request) {
        return ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT, request);
    }

    @Test
    void unaryCallsAreAnswered() {
        assertArrayEquals(text("hello"), call(UNARY, text("hello")));
        assertArrayEquals(new byte[0], call(UNARY, new byte[0]));
    }

    @Test
    void carriesLargeMessages() {
        byte[] large = new byte[10_000_000];
        new Random(1).nextBytes(large);
        assertArrayEquals(large, call(UNARY, large));
    }

    @Test
    void streamsDown() {
        Iterator<byte[]> answers =
                ClientCalls.blockingServerStreamingCall(channel, DOWN, CallOptions.DEFAULT, text("10000"));
        for (int i = 0; i < 10_000; i++) {
            assertArrayEquals(text("down " + i), answers.next());
        }
        assertEquals(false, answers.hasNext());
    }

    @Test
    void streamsUp() throws Exception {
        Hearer hearer = new Hearer();
        StreamObserver<byte[]> requests =
                ClientCalls.asyncClientStreamingCall(channel.newCall(UP, CallOptions.DEFAULT), hearer);
        for (int i = 0; i < 1_000; i++) {
            requests.onNext(new byte[1_000]);
        }
        requests.onCompleted();
        assertEquals("1000000", hearer.next());
        assertEquals("end", hearer.next());
    }

    @Test
    void talksBothWaysInTurns() throws Exception {
        Hearer hearer = new Hearer();
        StreamObserver<byte[]> requests =
                ClientCalls.asyncBidiStreamingCall(channel.newCall(BOTH, CallOptions.DEFAULT), hearer);
        for (int i = 0; i < 200; i++) {
            requests.onNext(text("turn " + i));
            assertEquals("turn " + i, hearer.next());
        }
        requests.onCompleted();
        assertEquals("end", hearer.next());
    }

    @Test
    void statusAndDetailsComeInTrailers() {
        StatusRuntimeException failure = assertThrows(StatusRuntimeException.class, () -> call(FAILING, text("hello")));
        assertEquals(Status.Code.FAILED_PRECONDITION, failure.getStatus().getCode());
        assertEquals("not so: 100 % \u00fc", failure.getStatus().getDescription());
        Metadata trailers = failure.getTrailers();
        if (trailers == null) {
            throw new AssertionError("no trailers");
        }
        assertEquals("more of it", trailers.get(DETAIL));
        assertArrayEquals(BINARY_DETAIL, trailers.get(BINARY));
    }

    @Test
    void deadlinesAndCancellationsReachTheServer() throws Exception {
        CallOptions soon = CallOptions.DEFAULT.withDeadline(Deadline.after(200, TimeUnit.MILLISECONDS));
        StatusRuntimeException failure = assertThrows(
                StatusRuntimeException.class,
                () -> ClientCalls.blockingUnaryCall(channel, HANGING, soon, text("hello")));
        assertEquals(Status.Code.DEADLINE_EXCEEDED, failure.getStatus().getCode());
        ListenableFuture<byte[]> call =
                ClientCalls.futureUnaryCall(channel.newCall(HANGING, CallOptions.DEFAULT), text("hello"));
        call(UNARY, text("behind it")); // so that it is under way
        call.cancel(true);
        assertEquals(true, cancelledCalls.await(PATIENCE_SECONDS, TimeUnit.SECONDS), "the server was not told");
        Eventually.isTrue("nothing is in flight", () -> boxcar.stat("upstreams", "in_flight") == 0);
    }

    @Test
    void manyCallsAtOnceGetTheirOwnAnswers() throws Exception {
        for (int round = 0; round < 10; round++) {
            List<ListenableFuture<byte[]>> calls = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                calls.add(ClientCalls.futureUnaryCall(channel.newCall(UNARY, CallOptions.DEFAULT), text("call " + i)));
            }
            for (int i = 0; i < calls.size(); i++) {
                assertArrayEquals(text("call " + i), calls.get(i).get(PATIENCE_SECONDS, TimeUnit.SECONDS));
            }
        }
    }
}
