package io.boxcar.proxy.redis;

import io.boxcar.proxy.core.PinnedSession.GiveBack;

/**
 * What Redis has said about one client and the connection that it borrows. Changes when an answer has come, not when a request
 * is sent. Owned by the client's event loop.
 *
 * <pre>
 *   of the client, for its life:    identity, name                       go where it goes
 *   of the connection:              where it stands                      the next borrower is told
 *   of both, until cleared:         MULTI, WATCH, subscriptions, ...     nobody else may see it
 * </pre>
 */
final class SessionState {
    private static final String QUEUED = "+QUEUED";

    private final RedisIdentity initial;
    private final ClientName name;
    private final Subscriptions subscriptions = new Subscriptions();

    private RedisIdentity identity;
    private Standing standing = Standing.NEW;

    private boolean inMulti;
    private boolean watching;
    private boolean tracking;
    private boolean readonly;
    private boolean asking;
    private boolean standingUnknown;
    private boolean forLife;
    private boolean blind;

    SessionState(ClientProfile client) {
        this.initial = client.initial();
        this.identity = client.identity();
        this.name = client.name();
    }

    RedisIdentity identity() {
        return identity;
    }

    ClientName name() {
        return name;
    }

    Standing standing() {
        return standing;
    }

    Subscriptions subscriptions() {
        return subscriptions;
    }

    /** A connection is borrowed, or more is known about it. */
    void standsAt(Standing newStanding) {
        standing = newStanding;
    }

    boolean isInTransaction() {
        return inMulti;
    }

    /** MULTI has been answered before. */
    void beginTransaction() {
        inMulti = true;
    }

    /** The transaction goes on elsewhere; this connection is still in it, until it is reset. */
    void abandonTransaction() {
        inMulti = false;
        standingUnknown = true;
    }

    boolean isBlind() {
        return blind;
    }

    /** Messages cannot be told apart any more, or not be understood. */
    void goBlind() {
        blind = true;
    }

    void keepForLife() {
        forLife = true;
    }

    boolean isForLife() {
        return forLife || blind;
    }

    /** Whether the next borrower would see something that it should not. */
    boolean isHeld() {
        return isForLife() || hasWhatResetClears();
    }

    private boolean hasWhatResetClears() {
        return inMulti || watching || tracking || readonly || asking || subscriptions.any();
    }

    GiveBack giveBack() {
        if (isForLife()) {
            return GiveBack.CLOSE;
        }
        return standingUnknown || hasWhatResetClears() ? GiveBack.RESET : GiveBack.AS_IS;
    }

    /** The connection is the client's no more; what the client is remains. */
    void connectionEnded() {
        clearConnection();
        standing = Standing.NEW;
        forLife = false;
        blind = false;
    }

    private void clearConnection() {
        inMulti = false;
        watching = false;
        tracking = false;
        readonly = false;
        asking = false;
        standingUnknown = false;
        subscriptions.clear();
    }

    /**
     * A request is answered.
     *
     * @param type the first byte of the answer
     */
    void answered(Effect effect, byte type, Message answer) {
        boolean wasAsking = asking;
        if (type == '-' || type == '!') {
            refused(effect, answer.line());
        } else if (answer.startsWith(QUEUED)) {
            queued(effect);
        } else {
            done(effect);
        }
        if (wasAsking && !inMulti && effect != Effect.Simple.ASKING) {
            asking = false; // it is for one command
        }
    }

    private void refused(Effect effect, String error) {
        switch (effect) {
            case Effect.Simple.EXEC, Effect.Simple.DISCARD -> {
                inMulti &= !TransactionEnd.isSaidBy(error);
                watching &= !TransactionEnd.unwatches(error);
            }
            case Effect.Hello hello -> helloRefused(hello, error);
            case Effect.Simple.INITIAL_AUTH -> forLife = true;
            default -> {}
        }
    }

    /** Redis takes the options of HELLO one by one, so an error may leave the first of them done. */
    private void helloRefused(Effect.Hello hello, String error) {
        boolean nothingDone = hello.password() == null && hello.name() == null
                || error.startsWith("WRONGPASS")
                || error.startsWith("NOPROTO")
                || error.startsWith("NOPERM")
                || error.startsWith("ERR unknown")
                || error.startsWith("ERR Protocol version");
        if (nothingDone) {
            return;
        }
        if (error.startsWith("NOAUTH") && hello.password() == null) {
            standingUnknown = true; // perhaps it has a name now
            return;
        }
        forLife = true;
    }

    /** Inside a transaction: what EXEC will make of it is not followed. */
    private void queued(Effect effect) {
        switch (effect) {
            case Effect.Simple.NONE, Effect.Simple.UNWATCH -> {}
            case Effect.Simple.BLIND -> blind = true;
            case Effect.Subscription s -> blind = true;
            default -> forLife = true;
        }
    }

    private void done(Effect effect) {
        switch (effect) {
            case Effect.Simple simple -> done(simple);
            case Effect.Select select -> become(identity.withDb(select.db()));
            case Effect.Auth auth -> become(identity.withCredentials(auth.user(), auth.password()));
            case Effect.Hello hello -> done(hello);
            case Effect.Name named -> named(named.name());
            case Effect.LibName lib -> {
                name.setLibName(lib.value());
                standing = standing.withLibName(lib.value());
            }
            case Effect.LibVersion lib -> {
                name.setLibVersion(lib.value());
                standing = standing.withLibVersion(lib.value());
            }
            case Effect.Subscription s -> {}
        }
    }

    private void done(Effect.Simple simple) {
        switch (simple) {
            case NONE, BLIND -> {}
            case MULTI -> inMulti = true;
            case EXEC, DISCARD -> {
                inMulti = false;
                watching = false;
            }
            case WATCH -> watching = true;
            case UNWATCH -> watching = false;
            case TRACKING_ON -> tracking = true;
            case TRACKING_OFF -> tracking = false;
            case READONLY -> readonly = true;
            case READWRITE -> readonly = false;
            case ASKING -> asking = true;
            case FOR_LIFE -> forLife = true;
            case RESET -> {
                clearConnection();
                identity = initial;
                name.set("");
                standing = standing.with(RedisIdentity.BARE).withName("");
            }
            case INITIAL_AUTH -> standing = standing.with(standing.identity().withCredentialsOf(initial));
        }
    }

    private void done(Effect.Hello hello) {
        RedisIdentity now = identity;
        if (hello.resp() != 0) {
            now = now.withResp(hello.resp());
        }
        if (hello.password() != null) {
            now = now.withCredentials(hello.user(), hello.password());
        }
        become(now);
        String newName = hello.name();
        if (newName != null) {
            named(newName);
        }
    }

    private void become(RedisIdentity now) {
        identity = now;
        standing = standing.with(now);
    }

    private void named(String newName) {
        name.set(newName);
        standing = standing.withName(newName);
    }
}
