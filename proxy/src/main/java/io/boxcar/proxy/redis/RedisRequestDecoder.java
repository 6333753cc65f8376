package io.boxcar.proxy.redis;

import io.boxcar.proxy.config.ListenerLimits;
import io.boxcar.proxy.core.RequestDecoder;
import io.boxcar.proxy.core.Routing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Turns the scanner's boundaries into runs and routings. Owned by the client's event loop.
 *
 * <pre>
 *   | SET | GET | SET | SELECT | GET |  par...
 *   '------ run ------'  own     run    incomplete
 * </pre>
 * A run ends before the first request that is not shareable; that one is already scanned then, and {@code held} keeps what
 * was decided for it.
 */
final class RedisRequestDecoder implements RequestDecoder {
    private static final int MAX_RUN_REQUESTS = 512;
    private static final int MAX_RUN_BYTES = 64 * 1024;
    private static final String PING = "*1\r\n$4\r\nPING\r\n";

    private final CommandTable commands;
    private final RequestScanner scanner = new RequestScanner(Limits.REDIS);
    private final long streamAboveBytes;
    private final long maxRequestBytes;
    private final ClientName clientName = new ClientName();

    /** Bytes of an unfinished request, from the reader index on, that the scanner has seen. */
    private int scanned;

    private int length;
    private int count;
    private boolean repeatable;
    private @Nullable Routing held;
    private int heldLength;
    private String answer = "";

    /** Length of the request that {@link #next} gave to {@link #relay} whole, or 0. */
    private int wholeForRelay;

    private boolean relayEnded;
    private int relayCount;
    private boolean blind;

    RedisRequestDecoder(CommandTable commands, ListenerLimits limits) {
        this.commands = commands;
        this.streamAboveBytes = limits.streamAboveBytes();
        this.maxRequestBytes = limits.maxRequestBytes();
    }

    @Override
    public Routing next(ByteBuf in) {
        wholeForRelay = 0;
        count = 0;
        repeatable = true;
        Routing routing = held;
        if (routing != null) {
            held = null;
            return found(routing, heldLength);
        }
        int start = in.readerIndex();
        int end = in.writerIndex();
        int at = start + scanned;
        while (true) {
            int next = at < end ? scanner.scan(in, at, end) : RequestScanner.INCOMPLETE;
            if (next == RequestScanner.INCOMPLETE) {
                scanned = end - start;
                return count > 0 ? run(in, start) : incomplete(in);
            }
            scanned = 0;
            if (next == RequestScanner.ERROR) {
                answer = "-ERR " + scanner.errorText() + "\r\n";
                return endRun(in, start, end, Routing.REFUSED);
            }
            if (scanner.empty()) {
                if (count == 0) {
                    in.readerIndex(next); // nothing to send, nothing to answer
                }
            } else if (next - start > maxRequestBytes) {
                return endRun(in, start, next, tooLong());
            } else {
                Travel travel = commands.classify(in, start, scanner);
                if (travel != Travel.SHARED_READ && travel != Travel.SHARED_WRITE) {
                    return endRun(in, start, next, routing(travel, in, start));
                }
                count++;
                repeatable &= travel == Travel.SHARED_READ;
                if (count == MAX_RUN_REQUESTS || next - in.readerIndex() >= MAX_RUN_BYTES) {
                    return run(in, next);
                }
            }
            start = next;
            at = next;
        }
    }

    private Routing run(ByteBuf in, int end) {
        length = end - in.readerIndex();
        return Routing.SHARED;
    }

    /** The request at [start, end) cannot be part of a run: it comes next, and now only if there is no run before it. */
    private Routing endRun(ByteBuf in, int start, int end, Routing routing) {
        if (count == 0) {
            return found(routing, end - start);
        }
        held = routing;
        heldLength = end - start;
        return run(in, start);
    }

    private Routing found(Routing routing, int foundLength) {
        length = foundLength;
        count = 1;
        if (routing == Routing.OWN_ONCE || routing == Routing.OWN_SESSION) {
            wholeForRelay = foundLength;
        }
        return routing;
    }

    /** A request that grows too long to be collected goes to a connection of its own, where it flows as it comes. */
    private Routing incomplete(ByteBuf in) {
        length = -1;
        long known = scanner.knownBytes();
        if (known > maxRequestBytes) {
            return tooLong();
        }
        if (known <= streamAboveBytes) {
            return Routing.INCOMPLETE;
        }
        if (scanner.nameLength() < 0) {
            return Routing.OWN_ONCE;
        }
        Travel travel = commands.classify(in, in.readerIndex(), scanner);
        return travel == Travel.OWN_SESSION ? Routing.OWN_SESSION : Routing.OWN_ONCE;
    }

    private Routing tooLong() {
        answer = "-ERR Protocol error: request exceeds the limit of " + maxRequestBytes + " bytes (limits.request)\r\n";
        return Routing.REFUSED;
    }

    private Routing routing(Travel travel, ByteBuf in, int start) {
        return switch (travel) {
            case SHARED_READ, SHARED_WRITE -> Routing.SHARED;
            case OWN_ONCE -> Routing.OWN_ONCE;
            case OWN_SESSION -> Routing.OWN_SESSION;
            case FORBIDDEN_HTTP -> {
                answer = "";
                yield Routing.REFUSED;
            }
            case ANSWERED -> answered(in, start);
        };
    }

    private Routing answered(ByteBuf in, int start) {
        if (scanner.inline() || scanner.argumentCount() > 4) {
            return Routing.OWN_ONCE; // rare, and Redis itself says best what is wrong with it
        }
        String name = text(in, start + scanner.nameOffset(), scanner.nameLength());
        if (name.equalsIgnoreCase("QUIT")) {
            answer = "+OK\r\n";
            return Routing.ANSWERED_THEN_CLOSE;
        }
        String subname = text(in, start + scanner.subnameOffset(), scanner.subnameLength());
        int afterSubname = start + scanner.subnameOffset() + scanner.subnameLength() + 2;
        String reply = clientName.answer(subname, scanner.argumentCount(), in, afterSubname);
        if (reply == null) {
            return Routing.OWN_ONCE;
        }
        answer = reply;
        return Routing.ANSWERED;
    }

    private static String text(ByteBuf in, int index, int length) {
        return in.toString(index, length, StandardCharsets.ISO_8859_1);
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public boolean isRepeatable() {
        return repeatable;
    }

    @Override
    public ByteBuf reply(ByteBufAllocator allocator) {
        ByteBuf bytes = allocator.directBuffer(Math.max(1, answer.length()));
        bytes.writeCharSequence(answer, StandardCharsets.ISO_8859_1);
        return bytes;
    }

    // ---- on a connection of its own ----

    @Override
    public int relay(ByteBuf in) {
        int start = in.readerIndex();
        int end = in.writerIndex();
        relayEnded = false;
        if (blind) {
            return end - start;
        }
        if (wholeForRelay > 0) {
            int whole = wholeForRelay;
            wholeForRelay = 0;
            return relayed(whole, 1);
        }
        int at = start + scanned;
        scanned = 0;
        int next = at < end ? scanner.scan(in, at, end) : RequestScanner.INCOMPLETE;
        if (next == RequestScanner.ERROR) {
            blind = true; // Redis will say so, and close
            return end - start;
        }
        if (next == RequestScanner.INCOMPLETE) {
            return end - start;
        }
        return relayed(next - start, scanner.empty() ? 0 : 1);
    }

    private int relayed(int bytes, int replies) {
        relayEnded = true;
        relayCount = replies;
        return bytes;
    }

    @Override
    public boolean relayEnded() {
        return relayEnded;
    }

    @Override
    public int relayCount() {
        return relayCount;
    }

    /**
     * The client's name, and a PING: with a command behind it the connection's replication offset covers every write made so
     * far on other connections, without which WAIT would return too early.
     */
    @Override
    public ByteBuf ownHandshake(ByteBufAllocator allocator) {
        ByteBuf bytes = allocator.directBuffer();
        clientName.writeSetName(bytes);
        ByteBufUtil.writeAscii(bytes, PING);
        return bytes;
    }

    @Override
    public boolean isOwnHandshakeStale() {
        return clientName.isStale();
    }

    @Override
    public int ownHandshakeCount() {
        return clientName.isToBeTold() ? 2 : 1;
    }
}
