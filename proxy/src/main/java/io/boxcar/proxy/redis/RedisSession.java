package io.boxcar.proxy.redis;

import io.boxcar.proxy.config.ClientState;
import io.boxcar.proxy.core.PinnedSession;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One client's dialogue with the connection that it borrows: which message answers which request, and what that changes.
 * Owned by the client's event loop.
 *
 * <pre>
 *   sent --> [ effect | effect | effect ] --> receive: the answer at the head decides --> SessionState
 *                                              '- pushes and published messages answer nothing
 * </pre>
 * After MONITOR, replication, CLIENT REPLY OFF or SKIP and SCRIPT DEBUG nobody can tell answers from other messages: the session
 * is blind from there, passes everything on, awaits nothing, and its connection is closed at the end.
 */
final class RedisSession implements PinnedSession {
    private static final int MAX_LINE_BYTES = 1024 * 1024;
    private static final int MAX_STREAMED_DEPTH = 16;

    /** What is awaited for one request. */
    private record Pending(Effect effect, Rewrite rewrite, List<ClientDirectory.Entry> victims) {
        static final Pending PLAIN = new Pending(Effect.Simple.NONE, Rewrite.NONE);

        Pending(Effect effect, Rewrite rewrite) {
            this(effect, rewrite, List.of());
        }
    }

    private final RedisIdentity initial;
    private final boolean virtual;
    private final ClientDirectory directory;
    private final ClientDirectory.Entry self;
    private final IdArguments idArguments;
    private final SessionState state;
    private final Greeting greeting;
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private final Message message = new Message();

    private ReplyScanner scanner = newScanner();
    private SessionRequest next = SessionRequest.PLAIN;
    /** Of those pending, how many may hold the connection. */
    private int pendingHolds;

    private boolean owesMulti;

    /** Whether a part of the transaction that no connection knows of yet was refused. */
    private boolean spoiled;

    /** Whether the connection is lent only to ask it about a command. */
    private boolean onlyLearns;

    /** Whether it has been asked. */
    private boolean asked;

    /** Whether the connection was told of a MULTI that had been answered before. */
    private boolean paidMulti;

    private boolean nextMayBlock;

    /** Whether one of those pending, or one together with which they were sent, may block. */
    private boolean blocks;

    private boolean awaits;
    /** A request was sent behind which the session is blind; it becomes so when what was sent before is answered. */
    private boolean blindSent;
    /** Acknowledgements that the subscription at the head has had. */
    private int acknowledged;

    private boolean messageEnded;
    private int answered;
    private Rewrite rewrite = Rewrite.NONE;

    RedisSession(ClientProfile client, ClientState clientState, LearnedCommands learned) {
        this.initial = client.initial();
        this.virtual = clientState == ClientState.VIRTUAL;
        this.directory = client.directory();
        this.self = client.self();
        this.idArguments = new IdArguments(directory, self);
        this.state = new SessionState(client);
        this.greeting = new Greeting(learned);
    }

    private static ReplyScanner newScanner() {
        return new ReplyScanner(MAX_LINE_BYTES, MAX_STREAMED_DEPTH, true);
    }

    RedisIdentity identity() {
        return state.identity();
    }

    /**
     * The request that {@link #greet} or {@link #sent} speaks of.
     *
     * @param mayBlock whether its answer may take as long as it pleases
     */
    void found(SessionRequest request, boolean mayBlock) {
        next = request;
        nextMayBlock = mayBlock;
        onlyLearns = false;
    }

    /** As {@link #found}; but where the request goes is known only when the upstream, anywhere, has been asked about it. */
    void foundUnplaced(SessionRequest request) {
        next = request;
        onlyLearns = true;
    }

    /** Whether the connection given back last was asked about the request that is found again now. */
    boolean takeAsked() {
        boolean was = asked;
        asked = false;
        return was;
    }

    /** Whether something of it can mean nothing to another upstream. */
    boolean isBound() {
        return asked || owesMulti || state.isInTransaction();
    }

    boolean isInTransaction() {
        return state.isInTransaction();
    }

    /** Whether the client is in a transaction that no connection knows of yet. */
    boolean owesMulti() {
        return owesMulti;
    }

    void owesMulti(boolean owes) {
        owesMulti = owes;
        spoiled = false;
    }

    /** A request of the transaction that no connection knows of yet was refused: it must not be executed. */
    void spoil() {
        spoiled = true;
    }

    boolean isSpoiled() {
        return spoiled;
    }

    // ---- lending ----

    @Override
    public int greet(@Nullable Object standing, boolean announced, ByteBuf out) {
        Standing from = standing == null ? Standing.NEW : (Standing) standing;
        int count = greeting.write(from, state.identity(), state.name(), next, virtual && isNumberNeeded(), out);
        if (owesMulti && !onlyLearns) {
            count = greeting.writeMulti(out);
            if (spoiled) {
                count = greeting.writeSpoiler(out);
            }
        }
        if (announced) {
            count = greeting.writeAsking(out);
        }
        if (count == 0) {
            lent();
        }
        return count;
    }

    /** Others can name the client only if it was told its number; and it looks for itself in a list. */
    private boolean isNumberNeeded() {
        return self.isTold() || next.command() == SessionCommand.CLIENT_LIST;
    }

    @Override
    public @Nullable ByteBuf greeted(ByteBuf responsesView) {
        ByteBuf error = greeting.read(responsesView);
        if (error == null) {
            lent();
        }
        return error;
    }

    private void lent() {
        state.standsAt(greeting.standing());
        asked = onlyLearns;
        paidMulti = owesMulti && !onlyLearns;
        if (paidMulti) {
            owesMulti(false);
            state.beginTransaction();
        }
        if (virtual) {
            directory.lent(self, greeting.standing().realId());
        }
    }

    @Override
    public boolean isNeeded() {
        return !onlyLearns;
    }

    // ---- requests ----

    @Override
    public @Nullable ByteBuf sent() {
        SessionRequest request = next;
        next = SessionRequest.PLAIN;
        if (blindSent) {
            return null;
        }
        if (request == SessionRequest.PLAIN) {
            add(Pending.PLAIN);
            return null;
        }
        if (request == SessionRequest.ELSEWHERE) {
            add(new Pending(Effect.Simple.NONE, Rewrite.ELSEWHERE));
            ByteBuf refused = Unpooled.buffer();
            RequestWriter.write(refused, Rewrite.REFUSED_BY_ALL);
            return refused;
        }
        Effect effect = Effect.of(request);
        ByteBuf replacement = virtual ? idArguments.translated(request) : null;
        add(new Pending(effect, rewriteOf(request), virtual ? idArguments.victims() : List.of()));
        if (!virtual && pinsForLife(request.command())) {
            state.keepForLife();
        }
        if (effect == Effect.Simple.RESET && initial.isAuthenticated()) {
            replacement = Unpooled.buffer();
            RequestWriter.write(replacement, "RESET");
            initial.writeAuth(replacement);
            add(new Pending(Effect.Simple.INITIAL_AUTH, Rewrite.SWALLOWED));
        }
        return replacement;
    }

    private void add(Pending sent) {
        Effect effect = sent.effect();
        if (effect.mayHold()) {
            pendingHolds++;
        }
        awaits = effect.mayClear() || pendingHolds == 0 && !state.isHeld();
        if (effect == Effect.Simple.BLIND) {
            blindSent = true;
            awaits = false;
        }
        blocks = nextMayBlock || blocks && !pending.isEmpty();
        pending.add(sent);
        goBlindIfDue();
    }

    private static boolean pinsForLife(SessionCommand command) {
        return switch (command) {
            case CLIENT_ID, SET_NAME, GET_NAME, SET_INFO, HELLO -> true;
            default -> false;
        };
    }

    private Rewrite rewriteOf(SessionRequest request) {
        if (!virtual) {
            return Rewrite.NONE;
        }
        return switch (request.command()) {
            case CLIENT_ID -> Rewrite.ID;
            case HELLO -> Rewrite.HELLO;
            case CLIENT_INFO -> Rewrite.INFO;
            case CLIENT_LIST -> Rewrite.LIST;
            case GET_REDIR, TRACKING_INFO -> Rewrite.REDIRECT;
            case CLIENT_KILL -> idArguments.victims().isEmpty() ? Rewrite.NONE : Rewrite.KILLED;
            default -> Rewrite.NONE;
        };
    }

    private void goBlindIfDue() {
        Pending head = pending.peek();
        if (head != null && head.effect() == Effect.Simple.BLIND) {
            goBlind();
        }
    }

    private void goBlind() {
        pending.clear();
        pendingHolds = 0;
        blindSent = true;
        awaits = false;
        state.goBlind();
    }

    @Override
    public boolean awaitsResponses() {
        return awaits;
    }

    @Override
    public boolean mayBlock() {
        return blocks || state.isForLife();
    }

    @Override
    public int outstanding() {
        return pending.size() - (blindSent && !pending.isEmpty() ? 1 : 0);
    }

    // ---- answers ----

    @Override
    public boolean rewritesNext() {
        Pending head = pending.peek();
        return head != null && head.rewrite() != Rewrite.NONE;
    }

    @Override
    public int receive(ByteBuf inView, int from, int to) {
        messageEnded = false;
        answered = 0;
        if (state.isBlind()) {
            messageEnded = true;
            return to;
        }
        int index = scanner.scan(inView, from, to, 1);
        if (index == ReplyScanner.ERROR) {
            goBlind();
            return BROKEN;
        }
        message.append(inView, from, index);
        if (scanner.completed() > 0) {
            messageEnded = true;
            end(scanner.lastType());
            message.clear();
        }
        return index;
    }

    private void end(byte type) {
        rewrite = Rewrite.NONE;
        Pending head = pending.peek();
        boolean subscribing = head != null && head.effect() instanceof Effect.Subscription;
        boolean published =
                type == '*' && state.subscriptions().any() && state.identity().resp() == 2;
        if (type == '>' || published || type == '*' && subscribing) {
            String verb = message.firstElement();
            boolean acknowledges = state.subscriptions().acknowledge(verb, message.lastNumber());
            if (acknowledges && head != null && head.effect() instanceof Effect.Subscription subscription) {
                acknowledged(head, subscription, verb);
            }
            if (acknowledges || type == '>' || Subscriptions.isMessage(verb)) {
                return;
            }
        }
        if (head == null) {
            state.keepForLife(); // it says something unasked, and nobody knows what it will say next
            return;
        }
        answeredHead(head, type);
    }

    /** One channel of the subscription at the head, unless it is one that the cluster took away in between. */
    private void acknowledged(Pending head, Effect.Subscription subscription, String verb) {
        if (!verb.equals(subscription.verb())) {
            return;
        }
        acknowledged++;
        boolean last = subscription.channels() == 0
                ? state.subscriptions().hasNoneFor(verb)
                : acknowledged == subscription.channels();
        if (last) {
            remove(head);
            answered = 1;
        }
    }

    private void answeredHead(Pending head, byte type) {
        rewrite = head.rewrite();
        answered = rewrite == Rewrite.SWALLOWED ? 0 : 1;
        if (type == ':') {
            head.victims().forEach(ClientDirectory.Entry::disconnect); // Redis would have, had it known them
        }
        state.answered(head.effect(), type, message);
        if (state.isBlind()) {
            goBlind();
        } else {
            remove(head);
        }
    }

    private void remove(Pending head) {
        pending.remove();
        acknowledged = 0;
        if (head.effect().mayHold()) {
            pendingHolds--;
        }
        goBlindIfDue();
    }

    @Override
    public boolean messageEnded() {
        return messageEnded;
    }

    @Override
    public int answered() {
        return answered;
    }

    @Override
    public ByteBuf rewritten(ByteBuf whole) {
        long ownId = rewrite.ownId(whole);
        if (ownId != Standing.UNKNOWN) {
            self.tell();
            directory.lent(self, ownId);
            state.standsAt(state.standing().withRealId(ownId));
        }
        return rewrite.apply(whole, this::numberOf, self.number());
    }

    private long numberOf(long realId) {
        long number = directory.numberOf(realId);
        return number == realId ? idArguments.redirectedTo(realId) : number;
    }

    @Override
    public boolean rewind() {
        if (paidMulti) {
            state.abandonTransaction();
            owesMulti = true;
        }
        return !state.isHeld();
    }

    @Override
    public boolean mayShare() {
        return !state.isHeld();
    }

    // ---- giving back ----

    @Override
    public GiveBack giveBack() {
        directory.returned(self);
        boolean midMessage = !scanner.isAtBoundary();
        return midMessage || outstanding() > 0 || blindSent ? GiveBack.CLOSE : state.giveBack();
    }

    @Override
    public Object standing() {
        return state.standing();
    }

    @Override
    public Object standingAfterReset() {
        return Standing.RESET;
    }

    @Override
    public void writeReset(ByteBuf out) {
        RequestWriter.write(out, "RESET");
    }

    @Override
    public boolean isReset(ByteBuf responseView) {
        Replies replies = new Replies(responseView);
        return replies.next() && replies.line().equals("+RESET");
    }

    @Override
    public void ended() {
        directory.returned(self);
        state.connectionEnded();
        pending.clear();
        pendingHolds = 0;
        acknowledged = 0;
        blindSent = false;
        awaits = false;
        message.clear();
        scanner = newScanner();
    }

    /** The client is gone. */
    void close() {
        directory.remove(self);
    }
}
