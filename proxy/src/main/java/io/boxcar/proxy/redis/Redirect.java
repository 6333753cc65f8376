package io.boxcar.proxy.redis;

import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.core.Redirection;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a cluster node says in place of a reply when it does not serve the slot, or not now
 * (<a href="https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/">cluster specification</a>,
 * "Redirection and resharding"). In each case the command was not executed.
 *
 * <pre>
 *   -MOVED 3999 127.0.0.1:6381     -ASK 3999 ::1:6381     -MOVED 3999 :6381     -TRYAGAIN ...     -CLUSTERDOWN ...
 *          slot host      port
 * </pre>
 *
 * @param slot -1 if the text does not name one
 * @param target who serves it; null if the text does not say: that is so for {@code TRYAGAIN} and {@code CLUSTERDOWN}, and for a
 *     node without a host name in a cluster that prefers them ({@code ?:6381}), of which a new {@link ClusterMap} knows the IP
 */
record Redirect(Kind kind, int slot, @Nullable Address target) {

    enum Kind {
        /** The slot lives on the target, now and later: the map is out of date. */
        MOVED,
        /** This one command goes to the target, with {@code ASKING} before it; the slot is on its way there. */
        ASK,
        /** Some of the command's keys have been moved and some have not; it can be tried again later. */
        TRYAGAIN,
        /** Nobody serves the slot, or the node sees no majority of the cluster. */
        CLUSTERDOWN
    }

    private static final int NO_SLOT = -1;
    private static final int MAX_LINE_BYTES = 512;

    /**
     * The redirection that the reply at {@code index} is, if it is one. Looks at one byte of all other replies but errors.
     *
     * @param replyView the whole reply; only its first line is looked at
     * @param asked who said it: a target without a host is on the same one
     */
    static @Nullable Redirect parse(ByteBuf replyView, int index, Address asked) {
        int limit = Math.min(replyView.writerIndex(), index + MAX_LINE_BYTES);
        if (index >= limit || replyView.getByte(index) != '-') {
            return null;
        }
        int end = replyView.indexOf(index, limit, (byte) '\r');
        if (end < 0) {
            return null;
        }
        String line = replyView.toString(index + 1, end - index - 1, StandardCharsets.ISO_8859_1);
        int space = line.indexOf(' ');
        String code = space < 0 ? line : line.substring(0, space);
        return switch (code) {
            case "MOVED" -> toTarget(Kind.MOVED, line, asked);
            case "ASK" -> toTarget(Kind.ASK, line, asked);
            case "TRYAGAIN" -> new Redirect(Kind.TRYAGAIN, NO_SLOT, null);
            case "CLUSTERDOWN" -> new Redirect(Kind.CLUSTERDOWN, NO_SLOT, null);
            default -> null;
        };
    }

    /**
     * The redirection of a transaction, from the responses to MULTI, to its commands and to EXEC. With a redirected command in it
     * Redis has executed none of it; it can be sent again as a whole. {@link Kind#ASK} speaks of one command and cannot be followed
     * by a transaction, so that is {@link Kind#TRYAGAIN}.
     */
    static @Nullable Redirect ofTransaction(ByteBuf repliesView, Address asked) {
        int end = repliesView.writerIndex();
        Redirect first = null;
        int index = repliesView.readerIndex();
        while (index < end && (repliesView.getByte(index) == '+' || repliesView.getByte(index) == '-')) {
            Redirect redirect = parse(repliesView, index, asked);
            first = first == null ? redirect : first;
            index = repliesView.indexOf(index, end, (byte) '\n') + 1;
            if (index == 0) {
                return null;
            }
        }
        if (index < end || first == null) {
            return null; // EXEC has results
        }
        return first.kind == Kind.ASK ? new Redirect(Kind.TRYAGAIN, first.slot, null) : first;
    }

    /** An error that only looks like a redirection, as a script may make one, is none. */
    private static @Nullable Redirect toTarget(Kind kind, String line, Address asked) {
        String[] words = line.split(" ", -1);
        if (words.length != 3) {
            return null;
        }
        int slot = number(words[1], ClusterMap.SLOTS - 1);
        // An IPv6 address comes without brackets, so the port is what stands behind the last colon.
        int colon = words[2].lastIndexOf(':');
        int port = number(words[2].substring(colon + 1), 65535);
        if (slot < 0 || colon < 0 || port < 1) {
            return null;
        }
        String host = words[2].substring(0, colon);
        return host.equals("?")
                ? new Redirect(kind, slot, null)
                : new Redirect(kind, slot, ClusterMap.address(host, port, asked));
    }

    /** -1 if it is none, or above {@code max}. */
    private static int number(String digits, int max) {
        if (digits.isEmpty() || digits.length() > 5 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        int number = Integer.parseInt(digits);
        return number <= max ? number : -1;
    }

    /** What the data path makes of it; null where nothing but the client can do something about it. */
    @Nullable
    Redirection redirection() {
        return switch (kind) {
            case MOVED -> target == null ? null : new Redirection(Redirection.Kind.MOVED, slot, target);
            case ASK -> target == null ? null : new Redirection(Redirection.Kind.ASK, slot, target);
            case TRYAGAIN -> new Redirection(Redirection.Kind.AGAIN, slot, null);
            case CLUSTERDOWN -> null;
        };
    }
}
