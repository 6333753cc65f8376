package io.boxcar.proxy.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The table against what a real Redis says about its own commands. */
final class CommandTableRedisTest {
    /** Touch nothing, though Redis does not flag them. */
    private static final Set<String> READ_WITHOUT_FLAG = Set.of("ping", "echo");

    /** On a lane nothing is watched, so it changes nothing there. */
    private static final Set<String> HARMLESS_TRANSACTION = Set.of("unwatch");

    /** Not known well enough on purpose; other commands there would be gaps in the table. */
    private static final Set<String> FOR_LIFE =
            Set.of("client", "script", "debug", "monitor", "psync", "replconf", "sync");

    private record Command(String name, Set<String> flags, Set<String> categories, boolean container) {
        boolean mayWait() {
            return flags.contains("blocking") || flags.contains("pubsub") && flags.contains("noscript");
        }

        boolean concernsTheConnection() {
            return (categories.contains("@connection") || categories.contains("@transaction"))
                    && flags.contains("noscript")
                    && !HARMLESS_TRANSACTION.contains(name);
        }
    }

    @Test
    void agreesWithTheFlagsOfRedis() throws Exception {
        List<Command> commands = commands();
        assertTrue(commands.size() > 300, "only " + commands.size() + " commands");
        for (Command command : commands) {
            if (!command.container()) {
                check(command);
            }
        }
        Set<String> forgotten = commands.stream()
                .map(command -> command.name().replaceFirst("\\|.*", ""))
                .filter(name ->
                        CommandTableTest.travel(name, "?") == Travel.PINNED_FOR_LIFE && !FOR_LIFE.contains(name))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of(), forgotten, "not in the table");
    }

    private static void check(Command command) {
        Travel travel = CommandTableTest.travel(command.name().split("\\|"));
        String message = command + " travels " + travel;
        boolean shared = travel == Travel.SHARED_READ || travel == Travel.SHARED_WRITE;
        if (command.name().startsWith("xread")) {
            assertTrue(shared, message);
            String[] blocking = {command.name(), "BLOCK", "0", "STREAMS", "k", "0"};
            assertEquals(Travel.PINNED_ONCE, CommandTableTest.travel(blocking));
            return;
        }
        if (travel == Travel.SHARED_READ) {
            assertTrue(command.flags().contains("readonly") || READ_WITHOUT_FLAG.contains(command.name()), message);
            assertFalse(command.flags().contains("write") || command.flags().contains("pubsub"), message);
        }
        if (command.flags().contains("readonly") && !command.mayWait()) {
            assertEquals(Travel.SHARED_READ, travel, message);
        }
        if (command.mayWait() || command.concernsTheConnection()) {
            assertFalse(shared, message);
        }
    }

    private static List<Command> commands() throws Exception {
        List<Command> commands = new ArrayList<>();
        try (RedisServer redis = RedisServer.start();
                Socket socket = redis.connect()) {
            socket.getOutputStream().write("COMMAND\r\n".getBytes(US_ASCII));
            DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
            for (Object command : (List<?>) read(in)) {
                add((List<?>) command, commands);
            }
        }
        return commands;
    }

    /** Of each command: name, arity, flags, three key positions, categories, tips, key specifications, subcommands. */
    private static void add(List<?> fields, List<Command> to) {
        List<?> subcommands = fields.size() > 9 ? (List<?>) fields.get(9) : List.of();
        to.add(new Command((String) fields.get(0), words(fields.get(2)), words(fields.get(6)), !subcommands.isEmpty()));
        subcommands.forEach(subcommand -> add((List<?>) subcommand, to));
    }

    private static Set<String> words(Object list) {
        return ((List<?>) list).stream().map(Object::toString).collect(Collectors.toSet());
    }

    @SuppressWarnings("deprecation") // readLine: replies to COMMAND are ASCII
    private static Object read(DataInputStream in) throws IOException {
        String line = in.readLine();
        switch (line.charAt(0)) {
            case '*' -> {
                List<Object> elements = new ArrayList<>();
                for (int left = Integer.parseInt(line.substring(1)); left > 0; left--) {
                    elements.add(read(in));
                }
                return elements;
            }
            case '$' -> {
                byte[] bytes = in.readNBytes(Integer.parseInt(line.substring(1)));
                in.skipNBytes(2);
                return new String(bytes, US_ASCII);
            }
            default -> {
                return line.substring(1);
            }
        }
    }
}
