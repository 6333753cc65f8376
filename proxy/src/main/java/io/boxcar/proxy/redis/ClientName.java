package io.boxcar.proxy.redis;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What {@code CLIENT SETNAME}, {@code GETNAME} and {@code SETINFO} say and remember
 * (<a href="https://redis.io/docs/latest/commands/client-setname/">command page</a>). Owned by the client's event loop. The
 * name belongs to the client's connection, of which Boxcar is the other end, so it must not reach a shared one.
 */
final class ClientName {
    private static final String OK = "+OK\r\n";

    private String name = "";

    /** What a connection of the client's own was told last. */
    private String toldName = "";

    boolean isSet() {
        return !name.isEmpty();
    }

    /**
     * The reply to a {@code CLIENT} subcommand, or null if Redis itself should say what is wrong with it.
     *
     * @param argumentCount all arguments, {@code CLIENT} and the subcommand included
     * @param index where the argument behind the subcommand starts, with its length line
     */
    @Nullable
    String answer(String subcommand, int argumentCount, ByteBuf inView, int index) {
        return switch (subcommand.toUpperCase(Locale.ROOT)) {
            case "SETNAME" -> argumentCount == 3 ? setName(bulk(inView, index)) : null;
            case "GETNAME" -> argumentCount == 2 ? getName() : null;
            case "SETINFO" -> argumentCount == 4 ? setInfo(bulk(inView, index)) : null;
            default -> null;
        };
    }

    private String setName(String wanted) {
        for (int i = 0; i < wanted.length(); i++) {
            if (wanted.charAt(i) < '!' || wanted.charAt(i) > '~') {
                return "-ERR Client names cannot contain spaces, newlines or special characters.\r\n";
            }
        }
        name = wanted;
        return OK;
    }

    private String getName() {
        return isSet() ? "$" + name.length() + "\r\n" + name + "\r\n" : "$-1\r\n";
    }

    private static @Nullable String setInfo(String attribute) {
        return attribute.equalsIgnoreCase("LIB-NAME") || attribute.equalsIgnoreCase("LIB-VER") ? OK : null;
    }

    /** The bulk string at {@code index}: {@code $N\r\n<N bytes>}. */
    private static String bulk(ByteBuf inView, int index) {
        int lineEnd = inView.indexOf(index, inView.writerIndex(), (byte) '\r');
        String digits = inView.toString(index + 1, lineEnd - index - 1, StandardCharsets.US_ASCII);
        return inView.toString(lineEnd + 2, Integer.parseInt(digits), StandardCharsets.ISO_8859_1);
    }

    /** Whether the name has changed since another connection was told. */
    boolean isStale() {
        return !name.equals(toldName);
    }

    /** Whether {@link #writeSetName} has something to say. */
    boolean isToBeTold() {
        return isSet() || isStale();
    }

    /** The command that gives another connection this name, if there is one, or takes a former one away. */
    void writeSetName(ByteBuf out) {
        if (isToBeTold()) {
            toldName = name;
            ByteBufUtil.writeAscii(
                    out, "*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$" + name.length() + "\r\n" + name + "\r\n");
        }
    }
}
