package io.boxcar.proxy.redis;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings a borrowed connection from where it stands to where its client believes to be, with as few requests as that takes.
 * Owned by the session.
 *
 * <pre>
 *   RESET  HELLO or AUTH  SELECT  CLIENT SETNAME  CLIENT SETINFO  CLIENT ID  COMMAND INFO  PING
 *   '--- an error is the client's answer ---'     '--------------- errors are ignored ----------------'
 * </pre>
 */
final class Greeting {
    private enum Step {
        RESET,
        HELLO,
        AUTH,
        SELECT,
        NAME,
        LIB_NAME,
        LIB_VERSION,
        ID,
        LEARN,
        PING,
        MULTI,
        SPOIL,
        ASKING
    }

    private final LearnedCommands learned;
    private final List<Step> steps = new ArrayList<>();
    private Standing standing = Standing.NEW;
    private @Nullable String askedName;

    Greeting(LearnedCommands learned) {
        this.learned = learned;
    }

    /**
     * Writes what leads from {@code from} to the client's identity and name.
     *
     * @param wantsId whether the connection's id must be known
     * @return the number of responses to await
     */
    int write(
            Standing from,
            RedisIdentity identity,
            ClientName name,
            SessionRequest request,
            boolean wantsId,
            ByteBuf out) {
        steps.clear();
        standing = from;
        become(identity, out);
        if (request.isControl()) {
            return steps.size(); // the server may be busy, and then refuses anything else
        }
        if (standing.identity().db() != identity.db()) {
            identity.writeSelect(out);
            stepTo(Step.SELECT, standing.with(identity));
        }
        writeName(name, out);
        if (wantsId && standing.realId() == Standing.UNKNOWN) {
            RequestWriter.write(out, "CLIENT", "ID");
            steps.add(Step.ID);
        }
        String unlisted = identity.resp() == 2 ? request.nameToAsk() : null;
        askedName = unlisted;
        if (unlisted != null) {
            RequestWriter.write(out, "COMMAND", "INFO", unlisted);
            steps.add(Step.LEARN);
        }
        if (request.waitsForWrites()) {
            // With a command behind them, the connection's replication offset covers the client's writes on other
            // connections.
            RequestWriter.write(out, "PING");
            steps.add(Step.PING);
        }
        return steps.size();
    }

    /** Behind the others: the transaction that the client has begun already. */
    int writeMulti(ByteBuf out) {
        RequestWriter.write(out, "MULTI");
        steps.add(Step.MULTI);
        return steps.size();
    }

    /** Behind MULTI: the transaction must fail, because a part of it has been refused. */
    int writeSpoiler(ByteBuf out) {
        RequestWriter.write(out, Rewrite.REFUSED_BY_ALL);
        steps.add(Step.SPOIL);
        return steps.size();
    }

    /** Right in front of a request at a node that does not serve its slot yet. */
    int writeAsking(ByteBuf out) {
        RequestWriter.write(out, "ASKING");
        steps.add(Step.ASKING);
        return steps.size();
    }

    private void become(RedisIdentity identity, ByteBuf out) {
        if (!identity.isAuthenticated() && standing.identity().isAuthenticated()) {
            RequestWriter.write(out, "RESET");
            stepTo(Step.RESET, standing.with(RedisIdentity.BARE).withName(""));
        }
        boolean sameCredentials = standing.identity().hasCredentialsOf(identity);
        RedisIdentity reached = identity.withDb(standing.identity().db());
        if (standing.identity().resp() != identity.resp()) {
            identity.writeHello(out);
            stepTo(Step.HELLO, standing.with(reached));
        } else if (!sameCredentials) {
            identity.writeAuth(out);
            stepTo(Step.AUTH, standing.with(reached));
        }
    }

    private void writeName(ClientName name, ByteBuf out) {
        if (!standing.name().equals(name.get())) {
            RequestWriter.write(out, "CLIENT", "SETNAME", name.get());
            stepTo(Step.NAME, standing.withName(name.get()));
        }
        if (!name.libName().equals(standing.libName()) && !(name.libName().isEmpty() && standing.libName() == null)) {
            RequestWriter.write(out, "CLIENT", "SETINFO", "LIB-NAME", name.libName());
            stepTo(Step.LIB_NAME, standing.withLibName(name.libName()));
        }
        if (!name.libVersion().equals(standing.libVersion())
                && !(name.libVersion().isEmpty() && standing.libVersion() == null)) {
            RequestWriter.write(out, "CLIENT", "SETINFO", "LIB-VER", name.libVersion());
            stepTo(Step.LIB_VERSION, standing.withLibVersion(name.libVersion()));
        }
    }

    private void stepTo(Step step, Standing reached) {
        steps.add(step);
        standing = reached;
    }

    /** Where the connection stands when all steps have succeeded. */
    Standing standing() {
        return standing;
    }

    /** The error that the client gets, or null if the connection may be used; the caller owns it. */
    @Nullable
    ByteBuf read(ByteBuf responsesView) {
        Replies replies = new Replies(responsesView);
        for (Step step : steps) {
            if (!replies.next()) {
                throw new IllegalStateException("no answer to " + step);
            }
            switch (step) {
                case RESET, HELLO, AUTH, SELECT, MULTI -> {
                    if (replies.isError()) {
                        return replies.copy();
                    }
                }
                case ID -> {
                    String line = replies.line();
                    if (line.startsWith(":")) {
                        standing = standing.withRealId(Long.parseLong(line.substring(1)));
                    }
                }
                case LEARN -> {
                    String name = askedName;
                    if (name != null) {
                        learned.learn(name, replies.commandFlags());
                    }
                }
                case NAME, LIB_NAME, LIB_VERSION, PING, SPOIL, ASKING -> {}
            }
        }
        return null;
    }
}
