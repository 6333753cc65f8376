package io.boxcar.proxy.redis;

/**
 * Splits an inline request into arguments, a byte at a time, with the quoting rules of sdssplitargs. Owned by the
 * {@link RequestScanner} that uses it.
 *
 * <p>Where an escape ends does not depend on what it stands for, so nothing is unescaped.
 */
final class InlineLine {
    private enum State {
        BLANK,
        PLAIN,
        DOUBLE_QUOTED,
        DOUBLE_ESCAPE,
        SINGLE_QUOTED,
        SINGLE_BACKSLASH,
        QUOTE_CLOSED,
        UNBALANCED,
        UNFINDABLE
    }

    private State state = State.BLANK;
    private int position;
    private int tokenOffset;
    private boolean tokenVerbatim;
    private int argumentCount;
    private int nameOffset;
    private int nameLength;
    private int subnameOffset;
    private int subnameLength;

    void begin() {
        state = State.BLANK;
        position = 0;
        argumentCount = 0;
        nameLength = -1;
        subnameLength = -1;
    }

    /** Takes the next byte; true if it was the newline that ends the request. */
    boolean accept(byte next) {
        if (next == '\n' && state != State.UNFINDABLE) {
            if (state == State.PLAIN) {
                endToken();
                state = State.BLANK;
            }
            return true;
        }
        // Redis looks for the newline with strchr, which stops at a zero byte.
        state = next == 0 ? State.UNFINDABLE : after(next);
        position++;
        return false;
    }

    private State after(byte next) {
        return switch (state) {
            case BLANK -> isSpace(next) ? State.BLANK : beginToken(next);
            case PLAIN -> afterPlain(next);
            case DOUBLE_QUOTED ->
                switch (next) {
                    case '\\' -> verbatimNoMore(State.DOUBLE_ESCAPE);
                    case '"' -> endQuoted();
                    default -> State.DOUBLE_QUOTED;
                };
            case DOUBLE_ESCAPE -> State.DOUBLE_QUOTED;
            case SINGLE_QUOTED ->
                switch (next) {
                    case '\\' -> State.SINGLE_BACKSLASH;
                    case '\'' -> endQuoted();
                    default -> State.SINGLE_QUOTED;
                };
            case SINGLE_BACKSLASH ->
                switch (next) {
                    case '\\' -> State.SINGLE_BACKSLASH;
                    case '\'' -> verbatimNoMore(State.SINGLE_QUOTED);
                    default -> State.SINGLE_QUOTED;
                };
            case QUOTE_CLOSED -> isSpace(next) ? State.BLANK : State.UNBALANCED;
            case UNBALANCED -> State.UNBALANCED;
            case UNFINDABLE -> State.UNFINDABLE;
        };
    }

    private State afterPlain(byte next) {
        return switch (next) {
            case ' ', '\t', '\r' -> {
                endToken();
                yield State.BLANK;
            }
            case '"' -> verbatimNoMore(State.DOUBLE_QUOTED);
            case '\'' -> verbatimNoMore(State.SINGLE_QUOTED);
            default -> State.PLAIN;
        };
    }

    private State beginToken(byte first) {
        tokenVerbatim = true;
        tokenOffset = position + 1;
        if (first == '"') {
            return State.DOUBLE_QUOTED;
        }
        if (first == '\'') {
            return State.SINGLE_QUOTED;
        }
        tokenOffset = position;
        return State.PLAIN;
    }

    private State endQuoted() {
        endToken();
        return State.QUOTE_CLOSED;
    }

    private State verbatimNoMore(State to) {
        tokenVerbatim = false;
        return to;
    }

    private void endToken() {
        int length = tokenVerbatim ? position - tokenOffset : 0;
        if (argumentCount == 0) {
            nameOffset = tokenOffset;
            nameLength = length;
        } else if (argumentCount == 1) {
            subnameOffset = tokenOffset;
            subnameLength = length;
        }
        argumentCount++;
    }

    private static boolean isSpace(byte value) {
        return value == ' ' || (value >= '\t' && value <= '\r');
    }

    /** Whether the line, once ended, is a request. */
    boolean balanced() {
        return state == State.BLANK || state == State.QUOTE_CLOSED;
    }

    /** Bytes so far, without the newline. */
    int length() {
        return position;
    }

    int argumentCount() {
        return argumentCount;
    }

    int nameOffset() {
        return nameOffset;
    }

    int nameLength() {
        return nameLength;
    }

    int subnameOffset() {
        return subnameOffset;
    }

    int subnameLength() {
        return subnameLength;
    }
}
