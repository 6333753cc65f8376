package io.boxcar.proxy.redis;

import io.boxcar.proxy.accesslog.AccessEntry;
import io.boxcar.proxy.config.ClientState;
import io.boxcar.proxy.config.ListenerLimits;
import io.boxcar.proxy.core.Identity;
import io.boxcar.proxy.core.PinnedSession;
import io.boxcar.proxy.core.RequestDecoder;
import io.boxcar.proxy.core.Routing;
import io.boxcar.proxy.core.Scatter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Turns the scanner's boundaries into runs and routings. Owned by the client's event loop.
 *
 * <pre>
 *   | SET | GET | SET | SELECT | GET | MULTI | SET | EXEC |  par...
 *   '------ run ------' pinned   run   '-- transaction --'  incomplete
 * </pre>
 * A run ends before the first request that cannot be part of it, which the next call looks at again. A request that is in one
 * buffer from its first to its last byte is described from those bytes; the scanner remembers only one that is not.
 */
final class RedisRequestDecoder implements RequestDecoder {
    private static final int MAX_RUN_REQUESTS = 512;
    private static final int MAX_RUN_BYTES = 64 * 1024;
    private static final int SLOW_REQUEST_BYTES = 64 * 1024;
    private static final String ABORTED = "-EXECABORT Transaction discarded because of previous errors.\r\n";

    private final RedisCommands commands;
    /** Null if there is one endpoint. */
    private final @Nullable Placement placement;

    private final CommandNames commandNames;
    private final RequestScanner scanner = new RequestScanner(Limits.REDIS);
    private final TransactionScan transactions;
    private final long streamAboveBytes;
    private final long maxRequestBytes;
    private final boolean virtual;
    private final ClientProfile client;
    private final RedisSession session;

    /** Bytes of an unfinished request, from the reader index on, that the scanner has seen. */
    private int scanned;

    private int length;
    private int count;
    private boolean repeatable;
    private boolean transaction;
    private boolean slow;
    private boolean changesState;
    private boolean mayBePart;
    private int place = ANYWHERE;
    private @Nullable Scatter scatter;

    /** Where the pinned connection leads that the client has or wants. */
    private int pinnedPlace;

    private int kind;
    private String answer = "";
    private boolean relayEnded;
    private boolean blind;

    /** Whether the upstream has just been asked about the command at the head. */
    private boolean asked;

    RedisRequestDecoder(
            RedisCommands commands,
            ListenerLimits limits,
            ClientState clientState,
            ClientProfile client,
            @Nullable Placement placement) {
        this.commands = commands;
        this.commandNames = new CommandNames(commands.table());
        this.placement = placement;
        this.transactions = new TransactionScan(commands, scanner, placement);
        this.streamAboveBytes = limits.streamAboveBytes();
        this.maxRequestBytes = limits.maxRequestBytes();
        this.virtual = clientState == ClientState.VIRTUAL;
        this.client = client;
        this.session = new RedisSession(client, clientState, commands.learned());
    }

    /** What the client is, or null if something of it belongs to this upstream. */
    @Nullable
    ClientProfile unboundClient() {
        return session.isBound() ? null : client.withIdentity(session.identity());
    }

    @Override
    public void describe(ByteBuf in, AccessEntry to) {
        commandNames.describe(in, in.readerIndex(), count, to);
    }

    @Override
    public Routing next(ByteBuf in, boolean pinned) {
        count = 0;
        repeatable = true;
        transaction = false;
        slow = false;
        changesState = false;
        mayBePart = false;
        place = ANYWHERE;
        scatter = null;
        asked = session.takeAsked();
        int start = in.readerIndex();
        int end = in.writerIndex();
        int at = start + scanned;
        while (true) {
            int next = at < end ? scanner.scan(in, at, end) : RequestScanner.INCOMPLETE;
            if (next < 0) {
                return count > 0 ? cutRun(in, start) : unfinished(next, in, end, pinned);
            }
            scanned = 0;
            if (scanner.empty()) {
                if (count == 0) {
                    in.readerIndex(next); // nothing to send, nothing to answer
                }
            } else if (pinned) {
                return pinned(in, start, next);
            } else {
                int row = commands.table().rowOf(in, start, scanner);
                Travel travel = travel(row, in, start);
                boolean isSlow = isSlow(row, next - start);
                boolean joins = travel.isShared()
                        && next - start <= maxRequestBytes
                        && (count == 0 || isSlow == slow)
                        && !session.owesMulti();
                if (placement != null) {
                    joins &= joinsInPlace(placement, in, start, row);
                }
                if (!joins) {
                    return count > 0 ? run(in, start) : alone(in, start, next, row, travel, isSlow);
                }
                count++;
                kind = row;
                slow = isSlow;
                repeatable &= travel == Travel.SHARED_READ;
                boolean isFull = count == MAX_RUN_REQUESTS || next - in.readerIndex() >= MAX_RUN_BYTES;
                if (isFull || placement != null && !placement.makesRuns()) {
                    return run(in, next);
                }
            }
            start = next;
            at = next;
        }
    }

    /** Over RESP3 an unlisted command may answer with anything, even with messages between answers. */
    private boolean sharesUnlisted() {
        return session.identity().resp() == 2;
    }

    private Travel travel(int row, ByteBuf in, int start) {
        return commands.travel(row, in, start, scanner, sharesUnlisted());
    }

    /** Whether the request goes to one place, the same as the run before it; and remembers that place. */
    private boolean joinsInPlace(Placement placing, ByteBuf in, int start, int row) {
        boolean goesWhole = placing.find(in, start, scanner, row) && !placing.isAnswered(row);
        if (count > 0 && placing.place() != place) {
            return false;
        }
        place = placing.place();
        return goesWhole;
    }

    private boolean isSlow(int row, int bytes) {
        return commands.sizes().isInUse()
                && row != CommandTable.ABSENT
                && (bytes > SLOW_REQUEST_BYTES || commands.sizes().isSlow(row));
    }

    private Routing run(ByteBuf in, int end) {
        length = end - in.readerIndex();
        return Routing.SHARED;
    }

    /** A run, behind which a request begins that is not complete or not valid. */
    private Routing cutRun(ByteBuf in, int end) {
        scanned = 0;
        scanner.restart();
        return run(in, end);
    }

    /** No request has ended, and there is no run: {@code why} says what the scanner found instead. */
    private Routing unfinished(int why, ByteBuf in, int end, boolean pinned) {
        if (why == RequestScanner.ERROR) {
            return pinned ? blind() : refused("-ERR " + scanner.errorText() + "\r\n", end - in.readerIndex());
        }
        scanned = end - in.readerIndex();
        length = -1;
        long known = scanner.atBoundary() ? 0 : scanner.knownBytes();
        if (known > maxRequestBytes && !pinned) {
            return tooLong(scanned);
        }
        if (known <= streamAboveBytes) {
            return Routing.INCOMPLETE;
        }
        int start = in.readerIndex();
        int row = scanner.nameLength() < 0
                ? CommandTable.ABSENT
                : commands.table().rowOf(in, start, scanner);
        if (placement != null && !isLongInPlace(placement, in, start, row, pinned)) {
            return known > maxRequestBytes ? tooLong(scanned) : Routing.INCOMPLETE;
        }
        count = 1;
        session.found(longRequest(in, start, row), false);
        return Routing.PINNED;
    }

    /** Whether it is known already where the request goes; if not, it must be collected. */
    private boolean isLongInPlace(Placement placing, ByteBuf in, int start, int row, boolean pinned) {
        boolean found = placing.findStart(in, start, scanner, row);
        if (pinned) {
            return !placing.makesRuns() || found && placing.place() == pinnedPlace;
        }
        place = placing.place();
        pinnedPlace = place;
        return found;
    }

    private SessionRequest longRequest(ByteBuf in, int start, int row) {
        Travel travel = commands.table().travel(row, in, start, scanner);
        changesState = travel == Travel.PINNED || travel == Travel.PINNED_FOR_LIFE;
        return new SessionRequest(commands.meaning(row), travel, scanner.argumentCount(), null);
    }

    private Routing pinned(ByteBuf in, int start, int next) {
        int row = commands.table().rowOf(in, start, scanner);
        if (placement != null && placement.makesRuns() && !isWhereItIsPinned(placement, in, start, row)) {
            return elsewhere(next - start);
        }
        Travel travel = travel(row, in, start);
        return found(
                travel, next - start, SessionRequest.complete(commands.meaning(row), travel, scanner, in, start, next));
    }

    /** Inside a transaction the upstream must know of it too, or EXEC would execute the rest. */
    private Routing elsewhere(int bytes) {
        if (session.isInTransaction()) {
            return found(Travel.PINNED_ONCE, bytes, SessionRequest.ELSEWHERE);
        }
        length = bytes;
        count = 1;
        answer = Rewrite.IS_ELSEWHERE;
        return Routing.ANSWERED;
    }

    /** Endpoints that do not know of each other would take a key that is not theirs. */
    private boolean isWhereItIsPinned(Placement placing, ByteBuf in, int start, int row) {
        boolean isWhole = placing.find(in, start, scanner, row);
        return isWhole && (placing.place() == ANYWHERE || placing.place() == pinnedPlace);
    }

    /** A request that the client needs a pinned connection for. */
    private Routing wanted(ByteBuf in, int start, int next, int row, Travel travel) {
        pinnedPlace = Math.max(place, 0);
        String unlisted = row == CommandTable.ABSENT && travel == Travel.PINNED_FOR_LIFE ? nameToAsk(in, start) : null;
        SessionRequest request = unlisted == null
                ? SessionRequest.complete(commands.meaning(row), travel, scanner, in, start, next)
                : SessionRequest.unlisted(unlisted);
        return found(travel, next - start, request);
    }

    /** The unlisted command that the upstream can be asked about, or null if that was done, or cannot be. */
    private @Nullable String nameToAsk(ByteBuf in, int start) {
        LearnedCommands learned = commands.learned();
        return sharesUnlisted() && learned.find(in, start, scanner) == null
                ? learned.nameToAsk(in, start, scanner)
                : null;
    }

    /** Servers that do not know of each other must not get keys that are not theirs: any of them is asked which keys it has. */
    private @Nullable Routing askFirst(Placement placing, ByteBuf in, int start, int next, int row) {
        String unlisted = row == CommandTable.ABSENT && placing.makesRuns() && !asked ? nameToAsk(in, start) : null;
        if (unlisted == null) {
            return null;
        }
        length = next - start;
        count = 1;
        place = ANYWHERE;
        pinnedPlace = 0;
        session.foundUnplaced(SessionRequest.unlisted(unlisted));
        return Routing.PINNED;
    }

    private Routing found(Travel travel, int bytes, SessionRequest request) {
        length = bytes;
        count = 1;
        changesState = travel == Travel.PINNED || travel == Travel.PINNED_FOR_LIFE;
        session.found(request, !travel.isShared() && travel != Travel.PINNED);
        return travel == Travel.CONTROL ? Routing.CONTROL : Routing.PINNED;
    }

    /** A request that cannot be part of a run. */
    private Routing alone(ByteBuf in, int start, int next, int row, Travel travel, boolean isSlow) {
        length = next - start;
        count = 1;
        kind = row;
        slow = isSlow;
        if (length > maxRequestBytes) {
            return tooLong(length);
        }
        if (placement != null) {
            Routing asking = askFirst(placement, in, start, next, row);
            if (asking != null) {
                return asking;
            }
            String reply = placement.answer(
                    in,
                    start,
                    scanner,
                    row,
                    commands.meaning(row),
                    session.identity().resp());
            if (reply != null) {
                answer = reply;
                if (placement.makesRuns()) {
                    session.spoil();
                }
                return Routing.ANSWERED;
            }
        }
        if (session.owesMulti()) {
            return inLateTransaction(in, start, next, row, travel);
        }
        return switch (travel) {
            case SHARED_READ, SHARED_WRITE -> shared();
            case FORBIDDEN_HTTP -> refused("", length);
            case ANSWERED -> answered(in, start, next, row, travel);
            case PINNED -> {
                boolean begins = commands.meaning(row) == SessionCommand.MULTI && scanner.argumentCount() == 1;
                Routing alone = wanted(in, start, next, row, travel);
                if (begins && transactions.isWhole(in, next, sharesUnlisted())) {
                    yield transaction(start);
                }
                if (begins && placement != null) {
                    session.owesMulti(true);
                    answer = "+OK\r\n";
                    yield Routing.ANSWERED;
                }
                mayBePart = begins && transactions.isCut();
                yield alone;
            }
            case PINNED_ONCE, PINNED_FOR_LIFE, CONTROL -> wanted(in, start, next, row, travel);
        };
    }

    private Routing shared() {
        scatter = placement == null ? null : placement.parts();
        return scatter == null ? Routing.SHARED : Routing.SCATTERED;
    }

    /**
     * Which of several endpoints a transaction is for shows with its first key. Until then MULTI has been answered, and nowhere
     * sent.
     */
    private Routing inLateTransaction(ByteBuf in, int start, int next, int row, Travel travel) {
        boolean isBare = scanner.argumentCount() == 1;
        SessionCommand meaning = commands.meaning(row);
        if (isBare && (meaning == SessionCommand.EXEC || meaning == SessionCommand.DISCARD)) {
            answer = meaning == SessionCommand.DISCARD ? "+OK\r\n" : session.isSpoiled() ? ABORTED : "*0\r\n";
            session.owesMulti(false);
            return Routing.ANSWERED;
        }
        Routing routing = wanted(in, start, next, row, travel);
        changesState = true;
        return routing;
    }

    private Routing transaction(int start) {
        length = transactions.end() - start;
        place = transactions.place();
        count = transactions.count();
        repeatable = transactions.isRepeatable();
        slow = transactions.isSlow();
        transaction = true;
        changesState = false;
        return Routing.SHARED;
    }

    private Routing answered(ByteBuf in, int start, int next, int row, Travel travel) {
        SessionCommand meaning = commands.meaning(row);
        if (meaning == SessionCommand.QUIT) {
            answer = "+OK\r\n";
            return Routing.ANSWERED_THEN_CLOSE;
        }
        SessionRequest request = SessionRequest.complete(meaning, travel, scanner, in, start, next);
        String[] arguments = request.arguments();
        if (!virtual || arguments == null) {
            return wanted(in, start, next, row, travel);
        }
        String reply = meaning == SessionCommand.CLIENT_ID
                ? arguments.length == 2 ? ":" + client.self().tell() + "\r\n" : null
                : client.name().answer(arguments, session.identity().resp());
        if (reply == null) {
            return wanted(in, start, next, row, travel); // Redis itself says best what is wrong with it
        }
        answer = reply;
        return Routing.ANSWERED;
    }

    private Routing tooLong(int bytes) {
        return refused(
                "-ERR Protocol error: request exceeds the limit of " + maxRequestBytes + " bytes (limits.request)\r\n",
                bytes);
    }

    private Routing refused(String text, int bytes) {
        length = bytes;
        count = 1;
        answer = text;
        return Routing.REFUSED;
    }

    /** Redis will say what is wrong, and close. */
    private Routing blind() {
        blind = true;
        length = -1;
        count = 1;
        session.found(SessionRequest.UNKNOWN, true);
        return Routing.PINNED;
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
    public boolean isTransaction() {
        return transaction;
    }

    @Override
    public boolean changesState() {
        return changesState;
    }

    @Override
    public boolean mayBePart() {
        return mayBePart;
    }

    @Override
    public boolean isSlow() {
        return slow;
    }

    @Override
    public int kind() {
        return kind;
    }

    @Override
    public int place() {
        return place;
    }

    @Override
    public Scatter scatter() {
        Scatter parts = scatter;
        if (parts == null) {
            throw new IllegalStateException("the request is not scattered");
        }
        return parts;
    }

    @Override
    public ByteBuf reply(ByteBufAllocator allocator) {
        ByteBuf bytes = allocator.directBuffer(Math.max(1, answer.length()));
        bytes.writeCharSequence(answer, StandardCharsets.ISO_8859_1);
        return bytes;
    }

    @Override
    public Identity identity() {
        return session.identity();
    }

    @Override
    public PinnedSession session() {
        return session;
    }

    @Override
    public void close() {
        session.close();
    }

    // ---- long requests on a pinned connection ----

    @Override
    public int relay(ByteBuf in) {
        int start = in.readerIndex();
        int end = in.writerIndex();
        relayEnded = false;
        if (blind) {
            return end - start;
        }
        int at = start + scanned;
        scanned = 0;
        int next = at < end ? scanner.scan(in, at, end) : RequestScanner.INCOMPLETE;
        if (next < 0) {
            blind = next == RequestScanner.ERROR;
            return end - start;
        }
        relayEnded = true;
        return next - start;
    }

    @Override
    public boolean relayEnded() {
        return relayEnded;
    }
}
