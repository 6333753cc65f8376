package io.boxcar.proxy.simulation;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;

/** One connection of the scripted upstream: reads commands, answers them in order, and goes wrong now and then. */
final class RedisEnd {
    private enum Fault {
        CLOSE,
        CUT_AND_CLOSE,
        RESET,
        STALL,
        STALL_LONG,
        MUTE,
        GARBAGE,
        PUSH,
        DIE
    }

    private static final byte[] SURPLUS = "+OK\r\n".getBytes(ISO_8859_1);

    private final Simulation world;
    private final SimSocket socket;
    final int number;
    final int openedStep;
    private final Wire in = new Wire(Integer.MAX_VALUE);
    private final Wire answers = new Wire(Integer.MAX_VALUE);

    /** Each client's latest request that this connection has executed. */
    private final int[] latest;

    private final SimCluster cluster;
    private final boolean isCluster;
    private boolean asking;
    private boolean isShared;
    private boolean closed;
    private boolean isDead;
    private boolean closeWhenWritten;
    private int owner = -1;
    private String name = "";
    private int db;
    private boolean inMulti;
    private boolean watching;
    private boolean isUnknown;
    /** By a request whose answer would come when its client has gone. */
    private boolean isBlocked;

    private final List<byte[]> queued = new ArrayList<>();
    private final List<String> channels = new ArrayList<>();
    /** Where in the answers something starts that is none. */
    private long garbageAt = -1;

    private long stalledUntilNs;
    private long muteUntilNs;

    RedisEnd(Simulation world, SimSocket socket, int number, SimCluster cluster) {
        this.cluster = cluster;
        this.isCluster = world.scenario().isCluster();
        this.world = world;
        this.socket = socket;
        this.number = number;
        this.openedStep = world.step();
        this.latest = new int[world.scenario().clients()];
        Arrays.fill(latest, -1);
    }

    boolean isOver() {
        return closed || !socket.isOpen() && socket.fromBoxcar.isEmpty();
    }

    /** Reads, executes and answers some of what there is. */
    void step(RandomGenerator random, boolean calm) {
        world.check(
                garbageAt < 0 || socket.delivered <= garbageAt || !socket.isOpen(),
                () -> "Boxcar has read garbage and goes on with connection " + number);
        if (isDead || isOver() || world.nowNs() < stalledUntilNs) {
            return;
        }
        world.check(
                socket.timesEndWasAskedFor <= 4,
                () -> "Boxcar asks again and again to be told of the end of connection " + number);
        if (!socket.isOpen() && random.nextBoolean()) {
            closed = true; // Boxcar has closed it, and what it sent last is never seen
            return;
        }
        Wire from = socket.fromBoxcar;
        from.moveTo(in, calm || random.nextBoolean() ? from.size() : random.nextInt(from.size() + 1));
        execute(calm ? Integer.MAX_VALUE : random.nextInt(20));
        publish(random);
        boolean nothingFollows = socket.isOpen() && from.finished && from.isEmpty();
        closeWhenWritten |= nothingFollows && (isBlocked || Command.parse(in) == null);
        if (!calm && random.nextInt(1000) < world.scenario().faultPerMille()) {
            goWrong(Fault.values()[random.nextInt(Fault.values().length)], random);
        }
        if (!closed && world.nowNs() >= muteUntilNs) {
            int most = Math.min(answers.size(), socket.toBoxcar.space());
            write(calm || random.nextInt(3) != 0 ? most : random.nextInt(most + 1));
        }
    }

    private void write(int count) {
        if (count > 0 && socket.isOpen()) {
            answers.moveTo(socket.toBoxcar, count);
        }
        if (closeWhenWritten && answers.isEmpty()) {
            close();
        }
    }

    private void goWrong(Fault fault, RandomGenerator random) {
        world.trace(() -> "upstream " + number + " " + fault);
        switch (fault) {
            case CLOSE -> {
                write(answers.size());
                close();
            }
            case CUT_AND_CLOSE -> {
                write(random.nextInt(answers.size() + 1));
                close();
            }
            case RESET -> {
                socket.reset = true;
                close();
            }
            case STALL -> stalledUntilNs = world.nowNs() + random.nextInt(40_000_000);
            case STALL_LONG -> stalledUntilNs = world.nowNs() + random.nextInt(400_000_000);
            case MUTE -> muteUntilNs = world.nowNs() + random.nextInt(200_000_000);
            case GARBAGE -> unexpected("?garbage\r\n");
            case PUSH -> unexpected(">2\r\n+invalidate\r\n+x\r\n");
            case DIE -> isDead = isShared; // an own connection may be silent for ever
        }
    }

    /** At the end of all answers. On a client's own connection it would be for the client to judge. */
    private void unexpected(String bytes) {
        if (isShared && garbageAt < 0) {
            garbageAt = socket.delivered + socket.toBoxcar.size() + answers.size();
            answers.write(bytes.getBytes(ISO_8859_1));
        }
    }

    /**
     * Sends an answer that nobody asked for, if Boxcar has asked for nothing at all: with a request under way, nobody could
     * tell that the answer is not its.
     */
    boolean surplus() {
        boolean idle = isShared
                && !closed
                && !isDead
                && socket.isOpen()
                && socket.fromBoxcar.isEmpty()
                && socket.unsentBytes() == 0
                && in.isEmpty()
                && answers.isEmpty()
                && socket.toBoxcar.isEmpty();
        if (idle) {
            world.trace(() -> "upstream " + number + " surplus");
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

    SimSocket socket() {
        return socket;
    }

    private void close() {
        closed = true;
        socket.gone = true;
        socket.toBoxcar.finished = true;
        socket.reset |= !socket.fromBoxcar.isEmpty() && !world.scenario().calm();
    }

    /** The fault is over. */
    void heal() {
        stalledUntilNs = 0;
        muteUntilNs = 0;
    }

    // ---- commands ----

    private void execute(int most) {
        for (int left = most; left > 0 && !closeWhenWritten && !isBlocked && !in.isEmpty(); left--) {
            Command command = Command.parse(in);
            if (command == null) {
                return;
            }
            byte[] bytes = in.copy(0, command.length());
            in.skip(command.length());
            if (!command.valid()) {
                world.check(!isShared, () -> "invalid bytes on a shared connection");
                answer("-ERR Protocol error: expected '$', got ':'\r\n");
                closeWhenWritten = true;
            } else if (command.last().matches("t\\d+\\.\\d+")
                    && !command.word(0).equals("UNSUBSCRIBE")) {
                execute(command, bytes);
            } else if (!command.words().isEmpty()) {
                answer(command);
            }
            if (!inMulti && !watching && !isUnknown && channels.isEmpty()) {
                owner = -1;
            }
        }
    }

    private void execute(Command command, byte[] bytes) {
        String token = command.last();
        boolean wasAsking = asking;
        asking = false;
        boolean hasKey = !command.word(0).equalsIgnoreCase("WAIT");
        if (isCluster && hasKey && isRedirected(command, wasAsking)) {
            return;
        }
        int dot = token.indexOf('.');
        int client = Integer.parseInt(token, 1, dot, 10);
        Request request = world.client(client).request(Integer.parseInt(token, dot + 1, token.length(), 10));
        world.trace(() -> "upstream " + number + " executes " + request);
        int skip = request.bytes.length - bytes.length; // blank requests in front of it
        world.check(
                request.isSplit
                        || skip >= 0
                                && Arrays.equals(request.bytes, skip, request.bytes.length, bytes, 0, bytes.length),
                () -> "the bytes of " + request + " were changed");
        boolean mayShare = switch (request.kind) {
            case READ, WRITE, LARGE -> true;
            case LOCAL, STATE, OWN_ONCE, CONTROL, OWN_SESSION, FATAL -> false;
        };
        world.check(mayShare || !isShared, () -> request + " on a shared connection: " + command.words());
        world.check(owner == client || owner < 0, () -> request + " on a connection with state of client " + owner);
        owner = client;
        world.check(
                request.db == db || request.kind == Request.Kind.CONTROL,
                () -> request + " for database " + request.db + " was executed in " + db);
        world.check(
                request.inMulti == inMulti,
                () -> request
                        + (inMulti ? " became a part of a transaction" : " was executed outside its transaction"));
        if (isCluster) {
            boolean writes = request.kind == Request.Kind.WRITE || request.kind == Request.Kind.LARGE;
            world.check(
                    !hasKey
                            || cluster.isInOrder(request, command.word(1), writes)
                            || request.outcome != Request.Outcome.NONE, // given up: "may still be executed"
                    () -> request + " was executed after a later write of its client to the same key");
            latest[client] = -1;
        }
        world.check(
                latest[client] < request.number,
                () -> request + " was executed after " + latest[client] + " on connection " + number);
        latest[client] = request.number;
        if (command.word(0).equals("BLPOP") && world.client(client).isOver()) {
            isBlocked = true; // for ever
            return;
        }
        request.executeOn(this);
        if (request.isSplit) {
            answer(values(command));
            return;
        }
        answers.write(request.expected);
        if (inMulti) {
            queued.add(request.whenExecuted);
        }
        switch (command.word(0).toUpperCase(Locale.ROOT)) {
            case "WATCH" -> watching = true;
            case "SUBSCRIBE" -> channels.add(token);
            case "NOTACOMMAND" -> isUnknown |= request.expected[0] != '-'; // an error changes nothing
            default -> {}
        }
    }

    /** Whether another node serves the command's keys; then that is the answer. */
    private boolean isRedirected(Command command, boolean wasAsking) {
        List<String> words = command.words();
        boolean isMany = words.getFirst().equals("MGET");
        for (String key : isMany ? words.subList(1, words.size()) : words.subList(1, 2)) {
            String redirection = cluster.redirection(socket.node, key, wasAsking);
            if (redirection != null) {
                world.trace(() -> "upstream " + number + " of node " + socket.node + " says " + redirection.strip());
                answer(redirection);
                return true;
            }
        }
        return false;
    }

    private static String values(Command command) {
        List<String> keys = command.words().subList(1, command.words().size());
        StringBuilder values = new StringBuilder("*" + keys.size() + "\r\n");
        keys.forEach(key -> values.append(Workload.bulk(Workload.value(key))));
        return values.toString();
    }

    /** Now and then something is published. */
    private void publish(RandomGenerator random) {
        if (!channels.isEmpty() && random.nextInt(8) == 0) {
            String channel = channels.get(random.nextInt(channels.size()));
            answer("*3\r\n$7\r\nmessage\r\n$" + channel.length() + "\r\n" + channel + "\r\n$2\r\nhi\r\n");
        }
    }

    /** What changes the connection, answered as Redis would; false if it is not of that kind. */
    private boolean changeState(Command command, String word) {
        world.trace(() -> "upstream " + number + " " + command.words());
        switch (word) {
            case "SELECT" -> {
                db = Integer.parseInt(command.last());
                answer("+OK\r\n");
            }
            case "MULTI" -> {
                world.check(!inMulti, () -> "MULTI inside a transaction on connection " + number);
                inMulti = true;
                answer("+OK\r\n");
            }
            case "EXEC" -> {
                world.check(inMulti, () -> "EXEC without MULTI on connection " + number);
                answer("*" + queued.size() + "\r\n");
                queued.forEach(answers::write);
                endTransaction();
            }
            case "DISCARD" -> {
                world.check(inMulti, () -> "DISCARD without MULTI on connection " + number);
                endTransaction();
                answer("+OK\r\n");
            }
            case "UNWATCH" -> {
                watching = false;
                answer("+OK\r\n");
            }
            case "UNSUBSCRIBE" -> {
                channels.remove(command.last());
                String channel = command.last();
                answer("*3\r\n$11\r\nunsubscribe\r\n$" + channel.length() + "\r\n" + channel + "\r\n:" + channels.size()
                        + "\r\n");
            }
            case "RESET" -> {
                endTransaction();
                channels.clear();
                db = 0;
                name = "";
                answer("+RESET\r\n");
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private void endTransaction() {
        inMulti = false;
        watching = false;
        queued.clear();
    }

    private void answer(Command command) {
        String word = command.word(0).toUpperCase(Locale.ROOT);
        boolean isName = word.equals("CLIENT");
        if (changeState(command, word)) {
            return;
        }
        boolean wasAsking = asking;
        asking = false;
        if (word.equals("ASKING")) {
            asking = true;
            answer("+OK\r\n");
            return;
        }
        if (word.equals("CLUSTER")) {
            answer(cluster.slots());
            return;
        }
        if (word.equals("MGET")) { // a part without the token
            if (!isRedirected(command, wasAsking)) {
                answer(values(command));
            }
            return;
        }
        if (isName && command.word(1).equalsIgnoreCase("ID")) {
            answer(":" + (number + 1) + "\r\n");
        } else if (isName && command.word(1).equalsIgnoreCase("SETNAME")) {
            name = command.last();
            isShared |= name.equals("boxcar");
            answer("+OK\r\n");
        } else if (isName && command.word(1).equalsIgnoreCase("GETNAME")) {
            answer(name.isEmpty() ? "$-1\r\n" : "$" + name.length() + "\r\n" + name + "\r\n");
        } else if (word.equals("COMMAND")) {
            answer("*1\r\n*-1\r\n"); // it has no modules
        } else if (word.equals("PING")) {
            answer("+PONG\r\n");
        } else if (word.equals("QUIT")) {
            answer("+OK\r\n");
            closeWhenWritten = true;
        } else if (word.equals("POST") || word.equals("HOST:")) {
            closeWhenWritten = true;
        } else if (word.equals("SET")) {
            answer("-ERR Protocol error: request exceeds the limit of 20000 bytes (limits.request)\r\n");
            closeWhenWritten = true;
        } else {
            world.check(false, () -> "unexpected command " + command.words() + " on connection " + number);
        }
    }

    private void answer(String text) {
        answers.write(text.getBytes(ISO_8859_1));
    }
}
