package io.boxcar.proxy.redis;

import io.boxcar.proxy.core.Identity;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * As whom, in which database and in which protocol version requests are executed. Every {@code char} of the texts stands for
 * one byte.
 *
 * @param user null if the client named none: then the password is that of the user {@code default}
 * @param password null without authentication
 * @param resp 2 or 3
 * @param readsFromReplicas whether shared connections tell replicas that stale reads are welcome
 */
record RedisIdentity(
        int db, @Nullable String user, @Nullable String password, int resp, boolean readsFromReplicas)
        implements Identity {
    /** Where every connection to Redis begins. */
    static final RedisIdentity BARE = new RedisIdentity(0, null, null, 2, false);

    private static final String DEFAULT_USER = "default";

    /** Where clients begin. */
    static RedisIdentity of(@Nullable String user, @Nullable String password, boolean readsFromReplicas) {
        return new RedisIdentity(0, user, password, 2, readsFromReplicas);
    }

    RedisIdentity withDb(int newDb) {
        return new RedisIdentity(newDb, user, password, resp, readsFromReplicas);
    }

    RedisIdentity withResp(int newResp) {
        return new RedisIdentity(db, user, password, newResp, readsFromReplicas);
    }

    RedisIdentity withCredentialsOf(RedisIdentity other) {
        return withCredentials(other.user, other.password);
    }

    RedisIdentity withCredentials(@Nullable String newUser, @Nullable String newPassword) {
        return new RedisIdentity(db, newUser, newPassword, resp, readsFromReplicas);
    }

    boolean isAuthenticated() {
        return password != null;
    }

    boolean hasCredentialsOf(RedisIdentity other) {
        return withCredentialsOf(other).equals(this);
    }

    /** {@code HELLO 3 AUTH} or {@code AUTH}, {@code SELECT}, each if needed, and the name that shows who this is. */
    @Override
    public int writeHandshake(ByteBuf out) {
        int count = 1;
        if (resp == 3) {
            writeHello(out);
            count++;
        } else if (password != null) {
            writeAuth(out);
            count++;
        }
        if (db != 0) {
            writeSelect(out);
            count++;
        }
        if (readsFromReplicas) {
            RequestWriter.write(out, "READONLY");
            count++;
        }
        RequestWriter.write(out, "CLIENT", "SETNAME", "boxcar");
        return count;
    }

    /** {@code HELLO} with the version, and the credentials if there are any. */
    void writeHello(ByteBuf out) {
        String u = user;
        String p = password;
        if (p == null) {
            RequestWriter.write(out, "HELLO", Integer.toString(resp));
        } else {
            RequestWriter.write(out, "HELLO", Integer.toString(resp), "AUTH", u == null ? DEFAULT_USER : u, p);
        }
    }

    /** {@code AUTH}; only if {@link #isAuthenticated}. */
    void writeAuth(ByteBuf out) {
        String u = user;
        String p = password;
        if (p == null) {
            throw new IllegalStateException("no password to authenticate with");
        }
        if (u == null) {
            RequestWriter.write(out, "AUTH", p);
        } else {
            RequestWriter.write(out, "AUTH", u, p);
        }
    }

    void writeSelect(ByteBuf out) {
        RequestWriter.write(out, "SELECT", Integer.toString(db));
    }

    @Override
    public @Nullable String refusal(ByteBuf responsesView) {
        Replies replies = new Replies(responsesView);
        ByteBuf unused = responsesView.alloc().buffer();
        int last = writeHandshake(unused);
        unused.release();
        for (int i = 1; i <= last && replies.next(); i++) {
            if (replies.isError() && (i < last || !servesDespite(replies.line()))) {
                return replies.line();
            }
        }
        return null;
    }

    /**
     * Clients may have to authenticate, or not know {@code CLIENT}: each command gets its answer then. Anything else, such as
     * {@code ERR max number of clients reached}, is said to a connection that is about to be closed.
     */
    private static boolean servesDespite(String errorToName) {
        return errorToName.startsWith("-NOAUTH")
                || errorToName.startsWith("-NOPERM")
                || errorToName.startsWith("-LOADING")
                || errorToName.startsWith("-BUSY")
                || errorToName.startsWith("-ERR unknown");
    }

    @Override
    public boolean isSaidToAll(String refusal) {
        return refusal.startsWith("-BUSY ");
    }

    @Override
    public String toString() {
        String who = password == null ? "" : " as " + (user == null ? DEFAULT_USER : user);
        return "db " + db + who + " in RESP" + resp;
    }
}
