package io.boxcar.proxy.core;

import io.boxcar.proxy.config.Address;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the routes of a cluster up to date: asks one node after the other who serves what, until one knows; again after a while,
 * and soon when something points to a change. Owned by one event loop; {@link #start} and {@link #lookSoon} are for any thread.
 */
final class Topology {
    private static final long REGULAR_NS = 10_000_000_000L;
    private static final long SOON_NS = 20_000_000;
    /** Between two looks when there is trouble. */
    private static final long AT_LEAST_NS = 100_000_000;

    private static final System.Logger LOG = System.getLogger(Topology.class.getName());

    private final Upstream upstream;
    private final LoopContext context;
    private boolean isLooking;
    private boolean isDue;
    private boolean wasUnknown;
    private long lastLookNs;
    private int nextSeed;

    Topology(Upstream upstream, LoopContext context) {
        this.upstream = upstream;
        this.context = context;
        this.lastLookNs = context.nowNs() - AT_LEAST_NS;
    }

    void start() {
        context.loop().execute(() -> {
            look();
            regularly();
        });
    }

    private void regularly() {
        context.loop()
                .schedule(
                        () -> {
                            look();
                            regularly();
                        },
                        REGULAR_NS,
                        TimeUnit.NANOSECONDS);
    }

    /** Something points to a change. */
    void lookSoon() {
        context.loop().execute(() -> {
            if (!isDue) {
                isDue = true;
                long sinceNs = context.nowNs() - lastLookNs;
                long delayNs = Math.max(SOON_NS, AT_LEAST_NS - sinceNs);
                context.loop().schedule(this::look, delayNs, TimeUnit.NANOSECONDS);
            }
        });
    }

    private void look() {
        isDue = false;
        if (!isLooking && !upstream.isClosing()) {
            isLooking = true;
            lastLookNs = context.nowNs();
            List<Address> seeds = upstream.seeds();
            ask(seeds, nextSeed++ % seeds.size(), seeds.size());
        }
    }

    /** Asks the seed at this index, and if it does not know, the next. */
    private void ask(List<Address> seeds, int index, int left) {
        if (upstream.isClosing()) {
            return;
        }
        if (left == 0) {
            isLooking = false;
            if (!wasUnknown) {
                wasUnknown = true;
                LOG.log(
                        Level.WARNING,
                        "no node of cluster {0} says who serves what; asking again and again",
                        upstream.config().name());
            }
            lookSoon();
            return;
        }
        Address address = seeds.get(index % seeds.size());
        Question question = new Question(address, layout -> {
            if (layout == null) {
                ask(seeds, index + 1, left - 1);
            } else {
                isLooking = false;
                if (wasUnknown) {
                    wasUnknown = false;
                    LOG.log(
                            Level.INFO,
                            "cluster {0} has {1} primaries",
                            upstream.config().name(),
                            layout.primaries().size());
                }
                upstream.take(layout);
            }
        });
        ChannelFuture connecting = upstream.connect(context.loop(), address, question);
        connecting.addListener(done -> {
            if (done.isSuccess()) {
                question.ask(connecting.channel());
            } else {
                question.isOver(null);
            }
        });
    }

    private interface Listener {
        void told(@Nullable ClusterLayout layout);
    }

    /** One connection, one question, one answer. */
    private final class Question extends ChannelInboundHandlerAdapter {
        private final Address address;
        private final Listener listener;
        private final ResponseDecoder decoder;
        private @Nullable ByteBuf responses;
        private int awaited;
        private boolean over;

        Question(Address address, Listener listener) {
            this.address = address;
            this.listener = listener;
            this.decoder = upstream.protocol().newSharedResponseDecoder();
        }

        void ask(io.netty.channel.Channel channel) {
            ByteBuf out = channel.alloc().buffer();
            awaited = upstream.protocol().writeLayoutQuestion(out);
            channel.writeAndFlush(out, channel.voidPromise());
            context.loop()
                    .schedule(() -> channel.close(), upstream.config().timeout().connectNs(), TimeUnit.NANOSECONDS);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            int from = bytes.readerIndex();
            int next = over ? ResponseDecoder.ERROR : decoder.scan(bytes, from, bytes.writerIndex(), awaited);
            if (next != ResponseDecoder.ERROR) {
                ByteBuf before = responses;
                ByteBuf all = before == null ? ctx.alloc().buffer() : before;
                responses = all.writeBytes(bytes, from, next - from);
                awaited -= decoder.completed();
                if (awaited == 0) {
                    isOver(upstream.protocol().layout(all, address));
                }
            }
            boolean isWrong = next < bytes.writerIndex(); // no response, or more than one was asked for
            bytes.release();
            if (over || isWrong) {
                ctx.close();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            isOver(null);
            ByteBuf all = responses;
            if (all != null) {
                responses = null;
                all.release();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            LoopContext.reportMistake(cause);
            ctx.close();
        }

        void isOver(@Nullable ClusterLayout layout) {
            if (!over) {
                over = true;
                listener.told(layout);
            }
        }
    }
}
