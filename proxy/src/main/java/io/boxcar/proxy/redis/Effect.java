package io.boxcar.proxy.redis;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a request does to the state of its client and connection, once Redis has answered that it did. */
sealed interface Effect {
    /** Effects without details. */
    enum Simple implements Effect {
        NONE,
        MULTI,
        EXEC,
        DISCARD,
        WATCH,
        UNWATCH,
        RESET,
        TRACKING_ON,
        TRACKING_OFF,
        READONLY,
        READWRITE,
        ASKING,
        /** What it changes is unknown, or nothing undoes it. */
        FOR_LIFE,
        /** From here on nobody can tell which message answers which request. */
        BLIND,
        /** Boxcar's own AUTH behind a client's RESET. */
        INITIAL_AUTH
    }

    record Select(int db) implements Effect {}

    record Auth(@Nullable String user, String password) implements Effect {
        @Override
        public String toString() {
            return "Auth"; // nothing secret
        }
    }

    /**
     * @param resp 0 to leave it
     * @param password null without AUTH
     * @param name null without SETNAME
     */
    record Hello(
            int resp,
            @Nullable String user,
            @Nullable String password,
            @Nullable String name) implements Effect {
        @Override
        public String toString() {
            return "Hello " + resp; // nothing secret
        }
    }

    record Name(String name) implements Effect {}

    record LibName(String value) implements Effect {}

    record LibVersion(String value) implements Effect {}

    /**
     * Answered by one acknowledgement for each channel.
     *
     * @param verb in small letters, as it comes back
     * @param channels 0 for all that there are
     */
    record Subscription(String verb, int channels) implements Effect {
        boolean adds() {
            return !verb.contains("un");
        }
    }

    /** Whether the connection may be shared again because of it. */
    default boolean mayClear() {
        return switch (this) {
            case Simple simple ->
                switch (simple) {
                    case EXEC, DISCARD, UNWATCH, RESET, TRACKING_OFF, READWRITE, INITIAL_AUTH -> true;
                    case NONE, MULTI, WATCH, TRACKING_ON, READONLY, ASKING, FOR_LIFE, BLIND -> false;
                };
            case Select s -> true;
            case Auth a -> true;
            case Hello h -> true;
            case Name n -> false;
            case LibName n -> false;
            case LibVersion v -> false;
            case Subscription s -> !s.adds();
        };
    }

    /** Whether the connection may not be shared any more because of it. */
    default boolean mayHold() {
        return switch (this) {
            case Simple simple ->
                switch (simple) {
                    case MULTI, WATCH, TRACKING_ON, READONLY, ASKING, FOR_LIFE, BLIND -> true;
                    case NONE, EXEC, DISCARD, UNWATCH, RESET, TRACKING_OFF, READWRITE, INITIAL_AUTH -> false;
                };
            case Select s -> false;
            case Auth a -> false;
            case Hello h -> false;
            case Name n -> false;
            case LibName n -> false;
            case LibVersion v -> false;
            case Subscription s -> s.adds();
        };
    }

    /** The effect that a request has if Redis accepts it; of one that Redis refuses any will do. */
    static Effect of(SessionRequest request) {
        return switch (request.command()) {
            case PLAIN -> request.travel() == Travel.PINNED_FOR_LIFE ? Simple.FOR_LIFE : Simple.NONE;
            case GET_NAME, GET_REDIR, TRACKING_INFO, CLIENT_ID, CLIENT_INFO, CLIENT_LIST, CLIENT_KILL -> Simple.NONE;
            case CLIENT_UNBLOCK, WAIT, WAITAOF -> Simple.NONE;
            case QUIT -> Simple.FOR_LIFE; // Redis closes, and that must not happen to somebody else's connection
            case MULTI -> Simple.MULTI;
            case EXEC -> Simple.EXEC;
            case DISCARD -> Simple.DISCARD;
            case WATCH -> Simple.WATCH;
            case UNWATCH -> Simple.UNWATCH;
            case RESET -> Simple.RESET;
            case READONLY -> Simple.READONLY;
            case READWRITE -> Simple.READWRITE;
            case ASKING -> Simple.ASKING;
            case MONITOR, SYNC, PSYNC, REPLCONF -> Simple.BLIND;
            case SUBSCRIBE, UNSUBSCRIBE, PSUBSCRIBE, PUNSUBSCRIBE, SSUBSCRIBE, SUNSUBSCRIBE -> subscription(request);
            case SCRIPT, SELECT, AUTH, HELLO, SET_NAME, SET_INFO, TRACKING, REPLY, NO_EVICT, NO_TOUCH -> {
                String[] arguments = request.arguments();
                yield arguments == null ? Simple.FOR_LIFE : ofArguments(request, arguments);
            }
        };
    }

    private static Effect subscription(SessionRequest request) {
        String verb = request.command().name().toLowerCase(Locale.ROOT);
        int channels = request.argumentCount() - 1;
        Subscription subscription = new Subscription(verb, channels);
        return subscription.adds() && channels == 0 ? Simple.NONE : subscription;
    }

    private static Effect ofArguments(SessionRequest request, String[] arguments) {
        int count = arguments.length;
        return switch (request.command()) {
            case SELECT -> count == 2 ? select(arguments[1]) : Simple.NONE;
            case AUTH ->
                switch (count) {
                    case 2 -> new Auth(null, arguments[1]);
                    case 3 -> new Auth(arguments[1], arguments[2]);
                    default -> Simple.NONE;
                };
            case HELLO -> hello(request, arguments);
            case SET_NAME -> count == 3 ? new Name(arguments[2]) : Simple.NONE;
            case SET_INFO ->
                switch (request.option(2)) {
                    case "LIB-NAME" -> new LibName(request.option(3).isEmpty() ? "" : arguments[3]);
                    case "LIB-VER" -> new LibVersion(request.option(3).isEmpty() ? "" : arguments[3]);
                    default -> Simple.NONE;
                };
            case TRACKING -> request.option(2).equals("OFF") ? Simple.TRACKING_OFF : Simple.TRACKING_ON;
            case REPLY ->
                switch (request.option(2)) {
                    case "OFF", "SKIP" -> count == 3 ? Simple.BLIND : Simple.NONE;
                    default -> Simple.NONE;
                };
            case NO_EVICT, NO_TOUCH -> request.option(2).equals("OFF") ? Simple.NONE : Simple.FOR_LIFE;
            case SCRIPT ->
                request.option(1).equals("DEBUG") && !request.option(2).equals("NO") ? Simple.BLIND : Simple.FOR_LIFE;
            default -> throw new IllegalStateException(request.command().name());
        };
    }

    private static Effect select(String db) {
        try {
            return new Select(Integer.parseInt(db));
        } catch (NumberFormatException e) {
            return Simple.FOR_LIFE;
        }
    }

    private static Effect hello(SessionRequest request, String[] arguments) {
        int resp = 0;
        if (arguments.length > 1) {
            resp = arguments[1].equals("2") ? 2 : arguments[1].equals("3") ? 3 : -1;
        }
        String user = null;
        String password = null;
        String name = null;
        int i = 2;
        while (i < arguments.length && resp >= 0) {
            int more = arguments.length - 1 - i;
            if (request.option(i).equals("AUTH") && more >= 2) {
                user = arguments[i + 1];
                password = arguments[i + 2];
                i += 3;
            } else if (request.option(i).equals("SETNAME") && more >= 1) {
                name = arguments[i + 1];
                i += 2;
            } else {
                resp = -1;
            }
        }
        return resp < 0 ? Simple.FOR_LIFE : new Hello(resp, user, password, name);
    }
}
