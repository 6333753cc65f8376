package io.boxcar.proxy.simulation.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.boxcar.proxy.simulation.SimSocket;
import io.boxcar.proxy.simulation.Wire;
import io.boxcar.proxy.simulation.http.Answer.Framing;
import java.util.ArrayDeque;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** One connection at an origin: reads requests with {@link RequestParser}, and answers them in order, or fails to. */
final class OriginEnd implements RequestParser.Listener {
    private static final byte[] SURPLUS =
            "HTTP/1.1 200 OK\r\nX-Answer: none\r\nContent-Length: 0\r\n\r\n".getBytes(ISO_8859_1);
    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n".getBytes(ISO_8859_1);

    private final HttpSimulation world;
    private final ScriptedOrigin origin;
    private final SimSocket socket;
    private final int number;
    private final RandomGenerator random;
    private final RequestParser parser;
    private final ArrayDeque<Arrival> queue = new ArrayDeque<>();
    private final Wire out = new Wire(Integer.MAX_VALUE);

    /** Reads no more than this, for ever. */
    private boolean isDeaf;

    /** Answers no more, for ever. */
    private boolean isMute;

    /** Parses no more: the last response has been begun, or nothing makes sense any more. */
    private boolean isClosing;

    private @Nullable Arrival arriving;
    private @Nullable Answer last;
    private boolean hasFinished;
    private boolean closed;
    private boolean mustReset;
    private int cutIn = -1;
    private long stalledUntilNs;

    /** A request that has come at least in part. */
    private static final class Arrival {
        final SimRequest request;
        final Answer answer;
        boolean isComplete;
        boolean wasContinued;

        Arrival(SimRequest request, Answer answer) {
            this.request = request;
            this.answer = answer;
        }
    }

    OriginEnd(HttpSimulation world, ScriptedOrigin origin, SimSocket socket, int number, RandomGenerator random) {
        this.world = world;
        this.origin = origin;
        this.socket = socket;
        this.number = number;
        this.random = random;
        this.parser = new RequestParser(world, this);
        world.trace(() -> this + " is open");
    }

    SimSocket socket() {
        return socket;
    }

    boolean isOver() {
        return closed && (!socket.isOpen() || socket.reset) || !socket.isOpen() && socket.fromBoxcar.isEmpty();
    }

    void step() {
        if (closed) {
            return;
        }
        boolean fast = origin.isCalm() && random.nextInt(4) != 0;
        if (!isDeaf && (fast || random.nextInt(4) != 0)) {
            receive(fast || random.nextBoolean() ? Integer.MAX_VALUE : random.nextInt(socket.fromBoxcar.size() + 1));
        }
        if (!socket.isOpen()) {
            return;
        }
        if (world.nowNs() < stalledUntilNs) {
            return;
        }
        if (!isMute && cutIn < 0) {
            respond();
        }
        send(fast || random.nextBoolean() ? Integer.MAX_VALUE : random.nextInt(out.size() + 1));
    }

    private void receive(int most) {
        Wire from = socket.fromBoxcar;
        if (isClosing) {
            from.clear(); // as servers do that close in good order
            return;
        }
        parser.receive(from, Math.min(most, from.size()));
    }

    // ---- what arrives ----

    @Override
    public void onHead(SimRequest request) {
        world.trace(() -> this + " got the head of " + request);
        int most = 3 + world.scenario().upstream().http().retry().attempts();
        request.arrivals++;
        world.check(
                request.arrivals <= (request.isIdempotent() ? most : 1),
                () -> request + " arrived " + request.arrivals + " times");
        Answer answer = AnswerMaker.make(world, request, origin.isCalm(), random);
        world.add(answer);
        arriving = new Arrival(request, answer);
        queue.add(arriving);
    }

    @Override
    public void onEnd(SimRequest request) {
        Arrival arrival = arriving;
        if (arrival != null) {
            arrival.isComplete = true;
        }
    }

    // ---- what is answered ----

    private void respond() {
        Arrival next;
        while (!hasFinished
                && !isClosing
                && (next = queue.peek()) != null
                && world.nowNs() - next.answer.readyNs >= 0) {
            if (!next.isComplete && !next.answer.isEarly) {
                if (next.request.expectsContinue && !next.wasContinued && random.nextInt(3) == 0) {
                    next.wasContinued = true;
                    out.write(CONTINUE);
                    out.write(("X-Answer: " + next.answer.id + "\r\n\r\n").getBytes(ISO_8859_1));
                }
                return;
            }
            queue.remove();
            Answer answer = next.answer;
            last = answer;
            world.trace(() -> this + " answers " + answer);
            if (answer.cutAt >= 0) {
                out.write(answer.bytes, 0, answer.cutAt);
                cutIn = out.size();
                mustReset = answer.framing == Framing.UNTIL_CLOSE || random.nextBoolean();
                isClosing = true;
                return;
            }
            out.write(answer.bytes);
            isClosing = answer.closes;
        }
    }

    private void send(int most) {
        int count = Math.min(Math.min(most, out.size()), socket.toBoxcar.space());
        if (count > 0) {
            out.moveTo(socket.toBoxcar, count);
        }
        if (!isClosing || !out.isEmpty() || hasFinished) {
            return;
        }
        hasFinished = true;
        if (mustReset) {
            reset();
        } else {
            Answer answer = last;
            if (answer != null && answer.cutAt < 0) {
                answer.isBroken = false;
            }
            socket.toBoxcar.finished = true;
            world.trace(() -> this + " has said all");
        }
    }

    // ---- faults ----

    void goWrong() {
        if (closed || hasFinished || !socket.isOpen()) {
            return;
        }
        switch (random.nextInt(7)) {
            case 0 -> {
                Answer answer = last;
                if (answer != null && answer.framing == Framing.UNTIL_CLOSE) {
                    reset(); // else nobody could know that it is not complete
                    return;
                }
                socket.toBoxcar.finished = true;
                socket.gone = true;
                socket.reset |= !socket.fromBoxcar.isEmpty();
                closed = true;
                world.trace(() -> this + " closes");
            }
            case 1 -> reset();
            case 2, 3 -> {
                stalledUntilNs = world.nowNs() + random.nextInt(500_000_000);
                world.trace(() -> this + " stalls");
            }
            case 4 -> {
                if (cutIn < 0 && !isClosing) {
                    world.trace(() -> this + " talks nonsense");
                    out.write("nonsense\r\n\r\n".getBytes(ISO_8859_1));
                }
            }
            case 5 -> {
                isDeaf = true;
                world.trace(() -> this + " reads no more");
            }
            default -> {
                isMute = true;
                world.trace(() -> this + " answers no more");
            }
        }
    }

    private void reset() {
        socket.reset = true;
        closed = true;
        world.trace(() -> this + " resets");
    }

    /** A response that nobody has asked for; only where it cannot be mistaken for another. */
    boolean surplus() {
        boolean idle = !closed
                && !isClosing
                && !isMute
                && !isDeaf
                && socket.isOpen()
                && socket.fromBoxcar.isEmpty()
                && socket.unsentBytes() == 0
                && parser.isBetweenRequests()
                && queue.isEmpty()
                && out.isEmpty()
                && socket.toBoxcar.isEmpty();
        if (idle) {
            world.trace(() -> this + " sends surplus");
            socket.toBoxcar.write(SURPLUS);
        }
        return idle;
    }

    /** Boxcar has not looked at it in time: it never happened. */
    void takeBackSurplus() {
        if (socket.toBoxcar.size() == SURPLUS.length) {
            socket.toBoxcar.clear();
        }
    }

    @Override
    public String toString() {
        return "connection " + number + " of origin " + socket.node;
    }
}
