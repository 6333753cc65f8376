package io.boxcar.proxy.redis;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Requests that name clients by number, said so that Redis understands them: with the id of the connection that each borrows
 * right now. Owned by the session that uses it.
 */
final class IdArguments {
    private final ClientDirectory directory;
    private final ClientDirectory.Entry self;
    private List<ClientDirectory.Entry> victims = List.of();

    /** The client that tracking was redirected to, and its connection: it is still named when it has left. */
    private long redirectNumber;

    private long redirectId = Standing.UNKNOWN;

    IdArguments(ClientDirectory directory, ClientDirectory.Entry self) {
        this.directory = directory;
        this.self = self;
    }

    /** The clients without a connection of Redis that the last request wants closed, if Redis lets it. */
    List<ClientDirectory.Entry> victims() {
        return victims;
    }

    /** The request to send instead, or null if it names no client that Redis knows. */
    @Nullable
    ByteBuf translated(SessionRequest request) {
        victims = List.of();
        String[] arguments = request.arguments();
        if (arguments == null) {
            return null;
        }
        String[] changed = arguments.clone();
        boolean any = switch (request.command()) {
            case CLIENT_UNBLOCK -> translate(changed, 2);
            case CLIENT_LIST -> translateList(changed);
            case TRACKING -> translateOptions(changed, 3, "REDIRECT", false);
            case CLIENT_KILL -> translateOptions(changed, 2, "ID", true);
            default -> false;
        };
        if (!any) {
            return null;
        }
        ByteBuf out = Unpooled.buffer();
        RequestWriter.write(out, changed);
        return out;
    }

    /** The number of the client that this connection was of when tracking was redirected to it, or else the id itself. */
    long redirectedTo(long realId) {
        return realId == redirectId ? redirectNumber : realId;
    }

    private boolean translateList(String[] arguments) {
        boolean any = false;
        if (arguments.length > 3 && arguments[2].equalsIgnoreCase("ID")) {
            for (int i = 3; i < arguments.length; i++) {
                any |= translate(arguments, i);
            }
        }
        return any;
    }

    /** {@code CLIENT KILL}'s other options filter on, and Boxcar cannot: then a client without a connection is left alone. */
    private boolean translateOptions(String[] arguments, int from, String option, boolean kills) {
        boolean any = false;
        boolean onlyThat = true;
        for (int i = from; i + 1 < arguments.length; i++) {
            String word = arguments[i].toUpperCase(Locale.ROOT);
            if (word.equals(option)) {
                any |= kills ? translate(arguments, i + 1) : translateRedirect(arguments, i + 1);
                i++;
            } else {
                onlyThat &= word.equals("SKIPME");
                i += word.equals("SKIPME") || word.equals("PREFIX") || kills ? 1 : 0;
            }
        }
        if (kills && onlyThat && !any && arguments.length > 3) {
            victims = victims(arguments, from);
        }
        return any;
    }

    private List<ClientDirectory.Entry> victims(String[] arguments, int from) {
        List<ClientDirectory.Entry> found = new ArrayList<>(1);
        boolean skipsMe = true;
        for (int i = from; i + 1 < arguments.length; i += 2) {
            ClientDirectory.Entry client =
                    arguments[i].equalsIgnoreCase("ID") ? directory.named(number(arguments[i + 1])) : null;
            if (client != null) {
                found.add(client);
            }
            skipsMe &= !(arguments[i].equalsIgnoreCase("SKIPME") && arguments[i + 1].equalsIgnoreCase("no"));
        }
        if (skipsMe) {
            found.remove(self);
        }
        return found;
    }

    private boolean translateRedirect(String[] arguments, int i) {
        long wanted = i < arguments.length ? number(arguments[i]) : -1;
        boolean any = translate(arguments, i);
        if (any) {
            redirectNumber = wanted;
            redirectId = number(arguments[i]);
        }
        return any;
    }

    private boolean translate(String[] arguments, int i) {
        if (i >= arguments.length) {
            return false;
        }
        ClientDirectory.Entry client = directory.named(number(arguments[i]));
        long realId = client == null ? Standing.UNKNOWN : client.realId();
        if (realId == Standing.UNKNOWN) {
            return false;
        }
        arguments[i] = Long.toString(realId);
        return true;
    }

    private static long number(String digits) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
