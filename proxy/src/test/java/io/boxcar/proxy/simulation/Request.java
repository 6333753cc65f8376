package io.boxcar.proxy.simulation;

/** One request of a simulated client, what must answer it, and what became of it. */
final class Request {
    /** How the request should travel, and whether the connection outlives it. */
    enum Kind {
        READ,
        WRITE,
        /** Answered by Boxcar on the shared lane, by the upstream in a session. */
        LOCAL,
        OWN_ONCE,
        /** As {@link #OWN_ONCE}, and it must get through although all connections are lent. */
        CONTROL,
        OWN_SESSION,
        /** Written on the shared lane if it is read at once, else streamed on a connection of its own. */
        LARGE,
        /** Changes or ends what the connection stands for; carries no token. */
        STATE,
        /** Its answer, if any, is the last. */
        FATAL
    }

    /** What the client got. */
    enum Outcome {
        NONE,
        ANSWERED,
        /** An error that says the request was not sent. */
        NOT_SENT,
        TIMED_OUT,
        /** The upstream's own error: another node serves the key. */
        REDIRECTED,
        LOST
    }

    final SimClient client;
    final int number;
    final Kind kind;
    final byte[] bytes;
    final byte[] expected;

    /** The database that it must be executed in. */
    final int db;

    /** Whether it must be queued in a transaction. */
    final boolean inMulti;

    /** Its part of the answer to EXEC, if it was queued. */
    byte[] whenExecuted = {};

    /** It may arrive in parts. */
    boolean isSplit;

    /** Its transaction ends without being executed: it may be queued twice. */
    boolean isDiscarded;

    /** Bytes of the client's stream up to the end of this request. */
    long endOffset;

    final int askedStep;

    /** When Boxcar had read its last byte. */
    int receivedStep = Integer.MAX_VALUE;

    /** The step after which Boxcar had certainly taken the request from the client's bytes. */
    int decodedStep = Integer.MAX_VALUE;

    int executions;
    /** The last connection that executed it, and when that was opened. */
    int executor = -1;

    int executorOpenedStep;

    Outcome outcome = Outcome.NONE;

    Request(SimClient client, int number, Kind kind, byte[] bytes, byte[] expected, int db, boolean inMulti) {
        this.client = client;
        this.number = number;
        this.kind = kind;
        this.bytes = bytes;
        this.expected = expected;
        this.db = db;
        this.inMulti = inMulti;
        this.askedStep = client.world.step();
    }

    /** The upstream runs it now. */
    void executeOn(RedisEnd connection) {
        executions++;
        executor = connection.number;
        executorOpenedStep = connection.openedStep;
        client.world.check(
                executions <= (kind == Kind.READ || isDiscarded ? 2 : 1), () -> this + " was executed again");
    }

    @Override
    public String toString() {
        return kind + " " + client.number + "." + number;
    }
}
