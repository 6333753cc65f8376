package io.boxcar.proxy.redis;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.function.LongUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How an answer is changed so that a client sees its number where Redis says the id of the connection that it borrows
 * ({@link ClientDirectory}). Errors pass as they are.
 */
enum Rewrite {
    NONE,
    /** {@code :id} of the connection. */
    ID,
    /** A map with the connection's {@code id}. */
    HELLO,
    /** The line of the connection itself, as in {@link #LIST}. */
    INFO,
    /** Lines with {@code id=} and {@code redir=} of many connections, in one string. */
    LIST,
    /** {@code :id} of a connection that tracking redirects to, or a map with {@code redirect}. */
    REDIRECT,
    /** {@code :0}, but Boxcar has closed a client that Redis did not know. */
    KILLED,
    /** The error to the request that was sent instead of one that another endpoint should have had. */
    ELSEWHERE,
    /** Boxcar's own request. */
    SWALLOWED;

    /** GET without a key: inside a transaction it makes EXEC fail. */
    static final String REFUSED_BY_ALL = "GET";

    static final String IS_ELSEWHERE =
            "-BOXCAR this connection has state on one endpoint, and the key is on another; use another connection\r\n";

    private static final String HELLO_ID = "$2\r\nid\r\n:";
    private static final String REDIRECT_ID = "$8\r\nredirect\r\n:";
    private static final Pattern OWN_ID = Pattern.compile("(?:^:|\\$2\r\nid\r\n:|(?m:^)(?:txt:)?id=)(\\d{1,18})[\r ]");
    private static final Pattern FIELD_WITH_ID = Pattern.compile("(?m)(^id=|(?<= )redir=)(\\d{1,18})(?= |$)");

    /** The id of the connection that the answer came on, if it says so, else {@link Standing#UNKNOWN}. */
    long ownId(ByteBuf answerView) {
        return switch (this) {
            case NONE, LIST, REDIRECT, KILLED, ELSEWHERE, SWALLOWED -> Standing.UNKNOWN;
            case ID, HELLO, INFO -> {
                Matcher own = OWN_ID.matcher(answerView.toString(StandardCharsets.ISO_8859_1));
                yield own.find() ? Long.parseLong(own.group(1)) : Standing.UNKNOWN;
            }
        };
    }

    /**
     * Takes the answer; the caller owns the result.
     *
     * @param numberOf a client's number, by the id of the connection that it borrows
     */
    ByteBuf apply(ByteBuf answer, LongUnaryOperator numberOf, long ownNumber) {
        if (this == NONE || !answer.isReadable() || this != SWALLOWED && this != ELSEWHERE && isError(answer)) {
            return answer;
        }
        String text = answer.toString(StandardCharsets.ISO_8859_1);
        answer.release();
        String changed = switch (this) {
            case NONE -> throw new IllegalStateException(name());
            case ID -> text.startsWith(":") ? ":" + ownNumber + "\r\n" : text;
            case HELLO -> withNumber(text, HELLO_ID, numberOf, ownNumber);
            case INFO, LIST -> list(text, numberOf);
            case REDIRECT -> withNumber(text, text.startsWith(":") ? ":" : REDIRECT_ID, numberOf, -1);
            case KILLED -> text.equals(":0\r\n") ? ":1\r\n" : text;
            case ELSEWHERE -> IS_ELSEWHERE;
            case SWALLOWED -> "";
        };
        return Unpooled.copiedBuffer(changed, StandardCharsets.ISO_8859_1);
    }

    private static boolean isError(ByteBuf answer) {
        return answer.getByte(answer.readerIndex()) == '-';
    }

    /** Replaces the integer behind the marker by {@code number}, or, if that is negative, by what {@code numberOf} says. */
    private static String withNumber(String text, String marker, LongUnaryOperator numberOf, long number) {
        int at = text.indexOf(marker);
        int end = at < 0 ? -1 : text.indexOf('\r', at + marker.length());
        if (end < 0) {
            return text;
        }
        String digits = text.substring(at + marker.length(), end);
        long shown = number < 0 ? translated(digits, numberOf) : number;
        return text.substring(0, at + marker.length()) + shown + text.substring(end);
    }

    private static long translated(String digits, LongUnaryOperator numberOf) {
        long realId = Long.parseLong(digits);
        return realId <= 0 ? realId : numberOf.applyAsLong(realId);
    }

    /** A bulk string, or a verbatim one, whose length changes with its content. */
    private static String list(String text, LongUnaryOperator numberOf) {
        int lineEnd = text.indexOf("\r\n");
        if (lineEnd < 0 || text.charAt(0) != '$' && text.charAt(0) != '=' || !text.endsWith("\r\n")) {
            return text;
        }
        int from = lineEnd + 2 + (text.charAt(0) == '=' ? 4 : 0);
        if (from > text.length() - 2) {
            return text;
        }
        Matcher field = FIELD_WITH_ID.matcher(text.substring(from, text.length() - 2));
        String content = field.replaceAll(found -> found.group(1) + translated(found.group(2), numberOf));
        String prefix = text.substring(lineEnd + 2, from);
        return text.charAt(0) + "" + (prefix.length() + content.length()) + "\r\n" + prefix + content + "\r\n";
    }
}
