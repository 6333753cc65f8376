package io.boxcar.proxy.simulation.http;

import io.boxcar.proxy.simulation.SimSocket;
import io.boxcar.proxy.simulation.Wire;
import io.boxcar.proxy.simulation.http.SimRequest.Outcome;
import io.boxcar.proxy.simulation.http.SimRequest.Validity;
import java.util.ArrayDeque;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** One application: sends requests in pieces, and holds what comes back against what must come back, byte by byte. */
final class HttpSimClient {
    final int number;

    private final HttpSimulation world;
    private final SimSocket socket;
    private final HttpWorkload workload;
    private final int depth;
    private final boolean mayStopReading;
    private final boolean mayVanish;
    private final boolean mayEndInput;
    private final ArrayDeque<SimRequest> unanswered = new ArrayDeque<>();
    private final Wire out = new Wire(Integer.MAX_VALUE);
    private final ResponseParser parser;
    private int asked;
    private long written;
    private long sent;
    private @Nullable SimRequest waitingFor100;
    private @Nullable SimRequest behindThis;
    private boolean stopsReading;
    private boolean wasSlow;
    private boolean endsInput;
    private boolean wasToldOfClose;
    private boolean isOver;

    HttpSimClient(HttpSimulation world, int number, SimSocket socket, RandomGenerator random) {
        this.world = world;
        this.number = number;
        this.socket = socket;
        this.workload = new HttpWorkload(number, world.scenario(), random);
        this.parser = new ResponseParser(world, this);
        this.depth = 1 + random.nextInt(random.nextBoolean() ? 3 : 20);
        boolean bad = world.scenario().badClients() && random.nextInt(3) == 0;
        this.mayStopReading = bad && random.nextBoolean();
        this.mayVanish = bad && random.nextBoolean();
        this.mayEndInput = random.nextInt(4) == 0;
    }

    SimSocket socket() {
        return socket;
    }

    boolean isOver() {
        return isOver;
    }

    boolean isQuiet() {
        return isOver || unanswered.isEmpty() && out.isEmpty() && !wasToldOfClose && !endsInput;
    }

    String state() {
        return "client " + number + " waits for ever for " + unanswered.peek()
                + (wasToldOfClose ? ", was told of close" : "") + ", " + out.size() + " bytes unsent";
    }

    void step(RandomGenerator random) {
        if (isOver) {
            return;
        }
        if (mayVanish && random.nextInt(100) == 0) {
            vanish(random);
            return;
        }
        if (mayStopReading && random.nextInt(20) == 0) {
            stopsReading = !stopsReading;
            wasSlow = true;
        }
        if (random.nextInt(3) == 0) {
            ask(1 + random.nextInt(depth), random);
        }
        if (waitingFor100 != null && random.nextInt(20) == 0) {
            waitingFor100 = null; // it has waited long enough
        }
        if (random.nextInt(4) != 0) {
            int sendable = sendable();
            send(random.nextInt(3) == 0 ? random.nextInt(sendable + 1) : sendable);
        }
        if (!stopsReading) {
            receive(random.nextInt(3) == 0 ? random.nextInt(socket.fromBoxcar.size() + 1) : Integer.MAX_VALUE);
        }
    }

    /** Sends the rest and reads everything, but asks no more. */
    void finish() {
        if (!isOver) {
            stopsReading = false;
            waitingFor100 = null;
            send(out.size());
            receive(Integer.MAX_VALUE);
        }
    }

    void leave() {
        if (!isOver) {
            isOver = true;
            socket.gone = true;
            socket.toBoxcar.finished = true;
            socket.reset = !socket.fromBoxcar.isEmpty();
        }
    }

    private void vanish(RandomGenerator random) {
        world.trace(() -> "client " + number + " vanishes");
        isOver = true;
        socket.gone = true;
        socket.toBoxcar.finished = true;
        // As TCP has it: who closes with bytes unread, or gets some later, answers with a reset.
        socket.reset = random.nextBoolean() || !socket.fromBoxcar.isEmpty();
    }

    // ---- requests ----

    private void ask(int count, RandomGenerator random) {
        for (int i = 0; i < count && unanswered.size() < depth && waitingFor100 == null && !endsInput; i++) {
            SimRequest last = behindThis;
            if (last != null && random.nextInt(4) != 0) {
                return;
            }
            SimRequest request = workload.next(asked++, random);
            request.isBehindTheLast = last != null;
            world.add(request);
            unanswered.add(request);
            out.write(request.head);
            written += request.head.length;
            request.headEndOffset = written;
            out.write(request.framedBody);
            written += request.framedBody.length;
            request.endOffset = written;
            world.trace(() -> "client " + number + " asks " + request);
            if (last == null && (request.isLast || request.validity != Validity.GOOD)) {
                behindThis = request;
            }
            if (request.expectsContinue) {
                waitingFor100 = request;
            }
        }
        if (mayEndInput && !endsInput && asked > 0 && random.nextInt(behindThis == null ? 30 : 3) == 0) {
            endsInput = true;
            world.trace(() -> "client " + number + " sends no more");
        }
    }

    private int sendable() {
        SimRequest holding = waitingFor100;
        return holding == null ? out.size() : (int) Math.max(0, holding.headEndOffset - sent);
    }

    private void send(int most) {
        int count = Math.min(most, socket.toBoxcar.space());
        if (!socket.isOpen()) {
            out.clear();
        } else {
            if (count > 0) {
                out.moveTo(socket.toBoxcar, count);
                sent += count;
            }
            if (endsInput && out.isEmpty()) {
                socket.toBoxcar.finished = true;
            }
        }
    }

    // ---- what comes back ----

    private void receive(int most) {
        Wire from = socket.fromBoxcar;
        parser.receive(from, Math.min(most, from.size()));
        if (!isOver && from.finished && from.isEmpty()) {
            isClosed();
        }
    }

    /** The request that the next response is for. */
    @Nullable
    SimRequest awaited() {
        return unanswered.peek();
    }

    void sawInterim(SimRequest request) {
        if (waitingFor100 == request) {
            waitingFor100 = null;
        }
    }

    /** A response is complete. */
    void isAnswered(SimRequest request, @Nullable Answer answer, int status, boolean closes) {
        world.trace(() -> "client " + number + " got " + request + ": " + (answer == null ? "own " + status : answer));
        unanswered.remove();
        request.outcome = answer == null ? Outcome.REFUSED : Outcome.ANSWERED;
        sawInterim(request);
        wasToldOfClose |= closes;
        if (answer == null) {
            world.check(
                    !world.scenario().calm() || request.validity != Validity.GOOD,
                    () -> request + " was refused with " + status);
        } else {
            world.check(!answer.isBroken, () -> request + " got a broken response as if it were whole: " + answer);
            world.check(
                    request.validity == Validity.GOOD || answer.isEarly,
                    () -> request + " got the response of an origin: " + answer);
        }
        world.check(!request.isBehindTheLast, () -> request + " was answered behind the end");
    }

    /** There are too many clients. */
    void isRefused() {
        wasToldOfClose = true;
    }

    boolean wasToldOfClose() {
        return wasToldOfClose;
    }

    private void isClosed() {
        isOver = true;
        socket.gone = true;
        socket.toBoxcar.finished = true;
        world.trace(() -> "client " + number + " is closed by Boxcar" + (socket.wasAborted ? " with a reset" : ""));
        parser.isClosed(socket.wasAborted);
        boolean reason = wasToldOfClose
                || endsInput
                || wasSlow
                || world.isDraining()
                || behindThis != null && (behindThis.validity != Validity.GOOD || behindThis.outcome != Outcome.NONE);
        world.check(reason || !world.scenario().calm(), () -> "client " + number + " was closed for no reason");
        boolean isToBeExpected =
                wasToldOfClose && workload.isOld(); // HTTP/1.0 has responses that only the end of the connection ends
        if (world.scenario().calm() && !wasSlow && !world.isDraining() && !isToBeExpected) {
            for (SimRequest request : unanswered) {
                world.check(
                        request.isBehindTheLast || request.validity != Validity.GOOD,
                        () -> request + " was not answered before the end");
            }
        }
        unanswered.forEach(request -> request.outcome = Outcome.CUT);
        unanswered.clear();
    }
}
