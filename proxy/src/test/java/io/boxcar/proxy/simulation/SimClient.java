package io.boxcar.proxy.simulation;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.boxcar.proxy.simulation.Request.Kind;
import io.boxcar.proxy.simulation.Request.Outcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** One application: sends requests in pieces, and compares what comes back with what must come back, byte by byte. */
final class SimClient {
    private static final byte[] MESSAGE = "*3\r\n$7\r\nmessage\r\n".getBytes(ISO_8859_1);
    private static final byte[] MOVED = "-MOVED ".getBytes(ISO_8859_1);
    private static final byte[] ASK = "-ASK ".getBytes(ISO_8859_1);
    private static final byte[] BOXCAR_ERROR = "-BOXCAR".getBytes(ISO_8859_1);

    private static final String BEHIND_LOSS = "the outcome of an earlier request of this connection is unknown";

    final Simulation world;
    final int number;
    final int loopIndex;

    private final SimSocket socket;
    private final Workload workload;
    private final int depth;
    private final boolean mayStopReading;
    private final boolean mayVanish;
    private final boolean mayEndInput;
    private final List<Request> requests = new ArrayList<>();
    private final ArrayDeque<Request> unanswered = new ArrayDeque<>();
    private final Wire out = new Wire(Integer.MAX_VALUE);
    private final Wire in = new Wire(Integer.MAX_VALUE);
    private long written;
    private int received;
    private int decoded;
    private long expectedBytes;
    private int toldOfLossStep = -1;
    private boolean hasVanished;
    private boolean stopsReading;
    private boolean wasSlow;
    private boolean usedOwn;
    private boolean saidLast;
    private boolean endsInput;
    private boolean hadLongAnswers;
    private boolean isOver;
    private boolean wasRefused;

    SimClient(Simulation world, int number, int loopIndex, SimSocket socket, RandomGenerator random) {
        this.world = world;
        this.number = number;
        this.loopIndex = loopIndex;
        this.socket = socket;
        this.workload = new Workload(this, world.scenario(), random);
        this.depth = 1 + random.nextInt(random.nextBoolean() ? 3 : 40);
        boolean bad = world.scenario().badClients() && random.nextInt(3) == 0;
        this.mayStopReading = bad && random.nextBoolean();
        this.mayVanish = bad && random.nextBoolean();
        this.mayEndInput = random.nextInt(4) == 0;
    }

    SimSocket socket() {
        return socket;
    }

    Request request(int requestNumber) {
        return requests.get(requestNumber);
    }

    List<Request> requests() {
        return requests;
    }

    boolean isOver() {
        return isOver;
    }

    boolean hasAllAnswers() {
        return isOver || unanswered.isEmpty() && out.isEmpty() && in.isEmpty();
    }

    /** Does a little of what applications do. */
    void step(RandomGenerator random) {
        if (isOver) {
            return;
        }
        if (mayVanish && random.nextInt(150) == 0) {
            vanish(random);
            return;
        }
        if (mayStopReading && random.nextInt(10) == 0) {
            stopsReading = !stopsReading;
            wasSlow = true;
        }
        if (!saidLast && random.nextInt(3) == 0) {
            ask(1 + random.nextInt(depth), random);
            endsInput = !saidLast && mayEndInput && random.nextInt(30) == 0;
            saidLast |= endsInput;
        }
        if (random.nextInt(4) != 0) {
            send(random.nextInt(3) == 0 ? random.nextInt(out.size() + 1) : out.size());
        }
        if (!stopsReading) {
            receive(random.nextInt(3) == 0 ? random.nextInt(socket.fromBoxcar.size() + 1) : Integer.MAX_VALUE);
        }
    }

    /** Sends the rest and reads everything, but asks no more. */
    void finish() {
        if (!isOver) {
            stopsReading = false;
            send(out.size());
            receive(Integer.MAX_VALUE);
        }
    }

    private void ask(int count, RandomGenerator random) {
        for (int i = 0;
                (i < count && unanswered.size() < depth && expectedBytes < 16_384 || workload.isInOnePiece())
                        && !saidLast;
                i++) {
            Request request = workload.next(requests.size(), random);
            requests.add(request);
            unanswered.add(request);
            out.write(request.bytes);
            written += request.bytes.length;
            request.endOffset = written;
            expectedBytes += request.expected.length;
            saidLast = request.kind == Kind.FATAL;
            usedOwn |= switch (request.kind) {
                case OWN_ONCE, CONTROL, OWN_SESSION, LARGE, STATE -> true;
                case READ, WRITE, LOCAL, FATAL -> false;
            };
            hadLongAnswers |=
                    expectedBytes > world.scenario().upstream().batching().maxBytes();
            world.trace(() -> "client " + number + " asks " + request);
        }
    }

    private void send(int most) {
        int count = Math.min(most, socket.toBoxcar.space());
        if (count > 0 && socket.isOpen()) {
            out.moveTo(socket.toBoxcar, count);
            socket.toBoxcar.finished |= endsInput && out.isEmpty();
        } else if (!socket.isOpen()) {
            out.clear();
        }
    }

    private void vanish(RandomGenerator random) {
        world.trace(() -> "client " + number + " vanishes");
        isOver = true;
        hasVanished = true;
        socket.gone = true;
        socket.toBoxcar.finished = true;
        // As TCP has it: who closes with bytes unread, or gets some later, answers with a reset.
        socket.reset = random.nextBoolean() || !socket.fromBoxcar.isEmpty();
    }

    /** Closes in good order, with everything answered. */
    void leave() {
        if (!isOver) {
            isOver = true;
            socket.gone = true;
            socket.toBoxcar.finished = true;
            socket.reset = !socket.fromBoxcar.isEmpty();
        }
    }

    /** Whether it waits for a request of this kind. */
    boolean awaits(Kind kind) {
        Request next = unanswered.peek();
        return !isOver && next != null && next.kind == kind;
    }

    void leaveIfServed() {
        if (hasAllAnswers()) {
            leave();
        }
    }

    // ---- what comes back ----

    private void receive(int most) {
        Wire from = socket.fromBoxcar;
        from.moveTo(in, Math.min(most, from.size()));
        while (!in.isEmpty() && match()) {}
        if (!isOver && from.finished && from.isEmpty()) {
            isClosed();
        }
    }

    /** Whether one more response was complete. */
    private boolean match() {
        int head = Math.min(in.size(), MESSAGE.length);
        if (in.startsWith(MESSAGE, head)) {
            return head == MESSAGE.length && message();
        }
        Request request = unanswered.peek();
        int prefix = Math.min(in.size(), BOXCAR_ERROR.length);
        if (in.startsWith(BOXCAR_ERROR, prefix)) {
            int end = in.indexOf('\n', 0);
            if (end < 0) {
                return false;
            }
            String line = new String(in.copy(0, end - 1), ISO_8859_1);
            in.skip(end + 1);
            if (request == null || line.endsWith("max number of clients reached")) {
                world.check(world.scenario().isTight(), () -> "client " + number + " was told " + line);
                wasRefused = true;
                return true;
            }
            isAnswered(request, outcome(line), line);
            return true;
        }
        world.check(request != null, () -> "client " + number + " got an answer to nothing: " + text());
        if (request == null) {
            return false;
        }
        if (request.kind == Request.Kind.LARGE && isRedirection()) {
            int end = in.indexOf('\n', 0);
            if (end >= 0) { // streamed, so Boxcar could not send it again
                in.skip(end + 1);
                isAnswered(request, Outcome.REDIRECTED, "");
            }
            return end >= 0;
        }
        int known = Math.min(in.size(), request.expected.length);
        world.check(
                in.startsWith(request.expected, known),
                () -> request + " got the wrong answer: " + text() + " instead of "
                        + new String(request.expected, ISO_8859_1));
        if (known < request.expected.length || known == 0) {
            return false;
        }
        in.skip(known);
        isAnswered(request, Outcome.ANSWERED, "");
        return true;
    }

    private boolean isRedirection() {
        return world.scenario().isCluster()
                && (in.startsWith(MOVED, Math.min(in.size(), MOVED.length))
                        || in.startsWith(ASK, Math.min(in.size(), ASK.length)));
    }

    /** A message from a channel, between two responses; false if it is not there as a whole. */
    private boolean message() {
        int channelAt = in.indexOf('\n', MESSAGE.length) + 1;
        int channelEnd = channelAt > 0 ? in.indexOf('\r', channelAt) : -1;
        int payloadAt = channelEnd > 0 ? in.indexOf('\n', channelEnd + 2) + 1 : 0;
        int payloadEnd = payloadAt > 0 ? in.indexOf('\n', payloadAt) : -1;
        if (payloadEnd < 0) {
            return false;
        }
        String channel = new String(in.copy(channelAt, channelEnd), ISO_8859_1);
        world.check(channel.startsWith("t" + number + "."), () -> "client " + number + " got a message for " + channel);
        in.skip(payloadEnd + 1);
        return true;
    }

    private static Outcome outcome(String line) {
        if (line.startsWith("-BOXCARLOST ")) {
            return Outcome.LOST;
        }
        return line.startsWith("-BOXCARTIMEOUT ") ? Outcome.TIMED_OUT : Outcome.NOT_SENT;
    }

    private void isAnswered(Request request, Outcome outcome, String error) {
        world.trace(() -> "client " + number + " got " + request + " " + outcome + " " + error);
        unanswered.remove();
        expectedBytes -= request.expected.length;
        request.outcome = outcome;
        world.check(
                outcome == Outcome.ANSWERED
                        || outcome == Outcome.REDIRECTED
                        || !world.scenario().calm(),
                () -> request + " failed: " + error);
        boolean reaches = request.kind != Kind.LOCAL && request.kind != Kind.FATAL && request.kind != Kind.STATE;
        switch (outcome) {
            case ANSWERED ->
                world.check(!reaches || request.executions >= 1, () -> request + " was answered but not executed");
            case NOT_SENT -> {
                world.check(
                        request.executions == 0 || request.kind == Kind.READ || request.isDiscarded,
                        () -> request + " was executed, in spite of " + error);
                world.check(
                        !error.endsWith(BEHIND_LOSS)
                                || request.askedStep <= toldOfLossStep
                                || world.scenario().isCluster(), // of the errors of several parts only one is told
                        () -> request + " was asked after its client had been told of the loss, but got " + error);
            }
            case LOST -> {
                world.sawLost(request);
                toldOfLossStep = world.step();
            }
            case REDIRECTED -> world.check(request.executions == 0, () -> request + " was executed and redirected");
            case TIMED_OUT, NONE -> {}
        }
        boolean stateIsInDoubt = request.kind == Kind.STATE || request.kind == Kind.OWN_SESSION || request.inMulti;
        if (outcome != Outcome.ANSWERED && stateIsInDoubt && !isOver) {
            leaveAtOnce(); // as a client library would
        }
    }

    private void leaveAtOnce() {
        isOver = true;
        hasVanished = true;
        socket.gone = true;
        socket.toBoxcar.finished = true;
        socket.reset = !socket.fromBoxcar.isEmpty();
        in.clear();
    }

    private String text() {
        return new String(in.copy(0, Math.min(in.size(), 200)), ISO_8859_1);
    }

    /** Boxcar has closed the connection: was there a reason? */
    private void isClosed() {
        isOver = true;
        world.trace(() -> "client " + number + " is closed by Boxcar");
        Scenario scenario = world.scenario();
        Request last = requests.isEmpty() ? null : requests.getLast();
        boolean saidGoodbye = endsInput || last != null && last.kind == Kind.FATAL;
        boolean isTroubled =
                !scenario.calm() && (usedOwn || hadLongAnswers || scenario.isTight()) || wasSlow || wasRefused;
        // Its upstream closes upon HTTP, and whatever HTTP follows is answered with a reset, which outruns answers.
        isTroubled |= usedOwn && saidGoodbye;
        world.check(
                saidGoodbye || isTroubled || world.isDraining(),
                () -> "client " + number + " was closed for no reason");
        if (!isTroubled && saidGoodbye && !world.isDraining()) {
            world.check(
                    unanswered.isEmpty() || unanswered.size() == 1 && last != null && last.expected.length == 0,
                    () -> "client " + number + " was closed before " + unanswered.peek() + " was answered");
        }
        if (!isTroubled && world.isDraining()) {
            Request next = unanswered.peek();
            world.check(
                    next == null || next.decodedStep >= world.drainStep() || next.kind == Kind.FATAL,
                    () -> "client " + number + " was drained before " + next + " was answered");
        }
    }

    // ---- what Boxcar has certainly looked at ----

    /** After each step: while Boxcar reads on, it has decoded all that it has read. */
    void noteDecoded() {
        while (received < requests.size() && requests.get(received).endOffset <= socket.delivered) {
            requests.get(received++).receivedStep = world.step();
        }
        if (socket.isOpen() && !socket.config().isAutoRead()) {
            return;
        }
        while (decoded < requests.size() && requests.get(decoded).endOffset <= socket.delivered) {
            requests.get(decoded++).decodedStep = world.step();
        }
    }

    /** Whether this client still had its connection, and the right to it, to the end. */
    boolean wasServedToTheEnd() {
        return !hasVanished && !isOver && !saidLast;
    }
}
