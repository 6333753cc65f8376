package io.boxcar.proxy.redis;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an upstream says of its own commands: the reply to
 * <a href="https://redis.io/docs/latest/commands/command/">COMMAND</a>, in RESP2 or RESP3. Immutable.
 */
final class CommandFlags {
    /** Of an upstream that does not say. */
    static final CommandFlags NONE = of(List.of());

    private static final int FIELDS_BEFORE_SIX = 6;
    private static final int SUBCOMMANDS = 9;

    /**
     * Flags of commands that wait, that change what later commands or replies mean, that take over the connection, or that
     * concern the server as a whole and may stall it.
     */
    private static final Set<String> NOT_TO_BE_SHARED = Set.of("blocking", "pubsub", "noscript", "no_auth", "admin");

    /**
     * One command.
     *
     * @param name upper-case; "CONTAINER|SUBCOMMAND" for a subcommand
     * @param flags lower-case, as Redis names them
     * @param firstKey number of the argument that is the first key, 0 if there is none or if it moves
     * @param lastKey number of the argument that is the last key; negative numbers count from behind the last argument
     * @param step from one key to the next
     * @param hasSubcommands whether the upstream listed subcommands
     */
    record Command(String name, Set<String> flags, int firstKey, int lastKey, int step, boolean hasSubcommands) {
        /** The part before the bar. */
        String container() {
            int bar = name.indexOf('|');
            return bar < 0 ? name : name.substring(0, bar);
        }

        /** The part behind the bar, or nothing. */
        String subname() {
            return name.substring(Math.min(name.length(), container().length() + 1));
        }

        /** As {@code commands.txt} would name it. */
        String tableName() {
            return hasSubcommands ? name + "|*" : name;
        }

        /**
         * How the command may travel when nothing but this is known of it. A command without flags, or one that names neither
         * keys nor says that it reads or writes, may do anything: it gets a connection for the session, as do those that wait, or
         * that concern the connection or the server.
         */
        Travel travel() {
            if (hasSubcommands || flags.stream().anyMatch(NOT_TO_BE_SHARED::contains)) {
                return Travel.PINNED_FOR_LIFE;
            }
            if (flags.contains("readonly")) {
                return Travel.SHARED_READ;
            }
            boolean hasKeys = firstKey > 0 || flags.contains("movablekeys");
            return flags.contains("write") || (hasKeys && !flags.isEmpty())
                    ? Travel.SHARED_WRITE
                    : Travel.PINNED_FOR_LIFE;
        }

        /** Where its keys are, or null if it has none. */
        @Nullable
        KeyPositions keys() {
            if (firstKey > 0) {
                return KeyPositions.range(firstKey, lastKey == 0 ? firstKey : lastKey, Math.max(1, step));
            }
            return flags.contains("movablekeys") ? KeyPositions.MOVABLE : null;
        }
    }

    /** Containers come before their subcommands. */
    private final Map<String, Command> byName;

    private CommandFlags(Map<String, Command> byName) {
        this.byName = byName;
    }

    private static CommandFlags of(List<Command> commands) {
        Map<String, Command> byName = new LinkedHashMap<>();
        for (Command command : commands) {
            Command container = byName.get(command.container());
            if (command.subname().isEmpty() || (container != null && container.hasSubcommands())) {
                byName.putIfAbsent(command.name(), command);
            }
        }
        return new CommandFlags(byName);
    }

    /** Reads one whole reply that starts at index; {@link #NONE} if it is an error, or not what COMMAND answers. */
    static CommandFlags parse(ByteBuf replyView, int index) {
        ReplyElements elements = new ReplyElements(replyView, index);
        List<Command> commands = new ArrayList<>();
        return elements.step() && elements.isList() && readCommands(elements, commands, true) ? of(commands) : NONE;
    }

    /** From in front of the first element of a list of commands to behind the last; false if it is not such a list. */
    private static boolean readCommands(ReplyElements elements, List<Command> to, boolean topLevel) {
        for (long left = elements.count(); left > 0; left--) {
            if (!elements.step() || !elements.isList() || !readCommand(elements, to, topLevel)) {
                return false;
            }
        }
        return true;
    }

    /** Of each: name, arity, flags, three key positions; since Redis 6 categories; since 7 tips, key specifications, subcommands. */
    private static boolean readCommand(ReplyElements elements, List<Command> to, boolean topLevel) {
        long fields = elements.count();
        if (fields < FIELDS_BEFORE_SIX) {
            // A null, which stands for a command that the upstream does not have.
            return fields == 0;
        }
        String name = word(elements);
        boolean arity = elements.step() && elements.isInteger();
        Set<String> flags = words(elements);
        int[] positions = new int[3];
        boolean valid = name != null && arity && flags != null;
        for (int i = 0; valid && i < positions.length; i++) {
            valid = elements.step() && elements.isInteger();
            positions[i] = valid ? (int) elements.number() : 0;
        }
        for (long field = FIELDS_BEFORE_SIX; valid && field < Math.min(fields, SUBCOMMANDS); field++) {
            valid = elements.step() && elements.skipContent();
        }
        if (!valid || name == null || flags == null) {
            return false;
        }
        boolean listsSubcommands = topLevel && fields > SUBCOMMANDS;
        if (listsSubcommands && !(elements.step() && elements.isList())) {
            return false;
        }
        boolean hasSubcommands = listsSubcommands && elements.count() > 0;
        if (isPlain(name)) {
            to.add(new Command(name, flags, positions[0], positions[1], positions[2], hasSubcommands));
        }
        if (listsSubcommands && !readCommands(elements, to, false)) {
            return false;
        }
        for (long field = listsSubcommands ? SUBCOMMANDS + 1 : SUBCOMMANDS; field < fields; field++) {
            if (!elements.step() || !elements.skipContent()) {
                return false;
            }
        }
        return true;
    }

    /** The table gives other characters a meaning of their own. */
    private static boolean isPlain(String name) {
        return name.matches("[A-Z0-9._:@-]+(\\|[A-Z0-9._:@-]+)?");
    }

    private static @Nullable Set<String> words(ReplyElements elements) {
        if (!elements.step() || !elements.isList()) {
            return null;
        }
        Set<String> words = new HashSet<>();
        for (long left = elements.count(); left > 0; left--) {
            String word = word(elements);
            if (word == null) {
                return null;
            }
            words.add(word.toLowerCase(Locale.ROOT));
        }
        return Set.copyOf(words);
    }

    private static @Nullable String word(ReplyElements elements) {
        if (!elements.step() || !elements.isText()) {
            return null;
        }
        return elements.text(StandardCharsets.ISO_8859_1).toUpperCase(Locale.ROOT);
    }

    /** Containers come before their subcommands. */
    Collection<Command> commands() {
        return Collections.unmodifiableCollection(byName.values());
    }

    /** In upper case, "CONTAINER|SUBCOMMAND" for a subcommand. */
    @Nullable
    Command command(String name) {
        return byName.get(name);
    }

    /** How a command travels that our own table lacks; for the session if the upstream does not know it either. */
    Travel forUnknown(String name) {
        Command command = byName.get(name);
        return command == null ? Travel.PINNED_FOR_LIFE : command.travel();
    }
}
