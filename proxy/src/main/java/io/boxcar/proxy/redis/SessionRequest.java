package io.boxcar.proxy.redis;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A request on a pinned connection, as far as the session must know it.
 *
 * @param argumentCount with the command's name
 * @param arguments null if they are not known: the request is too long, or was typed with quotes. Every {@code char} stands for
 *     one byte
 */
record SessionRequest(SessionCommand command, Travel travel, int argumentCount, String @Nullable [] arguments) {
    /** One that changes nothing, whatever is answered. */
    static final SessionRequest PLAIN = new SessionRequest(SessionCommand.PLAIN, Travel.PINNED_ONCE, 1, null);

    /** One that nobody knows. */
    static final SessionRequest UNKNOWN = new SessionRequest(SessionCommand.PLAIN, Travel.PINNED_FOR_LIFE, 1, null);

    /** One for a key that another endpoint has, in a transaction: it fails, and so does the transaction. */
    static final SessionRequest ELSEWHERE = new SessionRequest(SessionCommand.PLAIN, Travel.PINNED_ONCE, 1, null);

    /** One that nobody knows yet, but perhaps the upstream. */
    static SessionRequest unlisted(String name) {
        return new SessionRequest(SessionCommand.PLAIN, Travel.PINNED_FOR_LIFE, 1, new String[] {name});
    }

    /** The request at {@code inView[start, end)}, which is complete and has just been scanned. */
    static SessionRequest complete(
            SessionCommand command, Travel travel, RequestScanner scanner, ByteBuf inView, int start, int end) {
        if (command == SessionCommand.PLAIN && travel != Travel.CONTROL) {
            return travel == Travel.PINNED_FOR_LIFE ? UNKNOWN : PLAIN;
        }
        String[] arguments = scanner.inline()
                ? typed(inView.toString(start, end - start, StandardCharsets.ISO_8859_1))
                : arguments(scanner.argumentCount(), inView, start);
        return new SessionRequest(command, travel, scanner.argumentCount(), arguments);
    }

    private static String[] arguments(int count, ByteBuf inView, int start) {
        String[] arguments = new String[count];
        int index = inView.indexOf(start, inView.writerIndex(), (byte) '\r') + 2;
        for (int i = 0; i < count; i++) {
            int lineEnd = inView.indexOf(index, inView.writerIndex(), (byte) '\r');
            int length = Integer.parseInt(inView.toString(index + 1, lineEnd - index - 1, StandardCharsets.US_ASCII));
            arguments[i] = inView.toString(lineEnd + 2, length, StandardCharsets.ISO_8859_1);
            index = lineEnd + 2 + length + 2;
        }
        return arguments;
    }

    private static String @Nullable [] typed(String line) {
        boolean quoted = line.indexOf('"') >= 0 || line.indexOf('\'') >= 0 || line.indexOf('\\') >= 0;
        return quoted ? null : line.strip().split("[ \\t\\r\\n\\x0b\\f]+");
    }

    /** The i-th argument in capitals, or empty if there is none. */
    String option(int i) {
        String[] known = arguments;
        return known == null || i >= known.length ? "" : known[i].toUpperCase(Locale.ROOT);
    }

    /** Whether what was written on other connections must be covered by the connection that this goes to. */
    boolean waitsForWrites() {
        return command == SessionCommand.WAIT || command == SessionCommand.WAITAOF;
    }

    /** The command that the upstream is to be asked about, or null. */
    @Nullable
    String nameToAsk() {
        String[] known = arguments;
        return command == SessionCommand.PLAIN && travel == Travel.PINNED_FOR_LIFE && known != null ? known[0] : null;
    }

    boolean isControl() {
        return travel == Travel.CONTROL;
    }
}
