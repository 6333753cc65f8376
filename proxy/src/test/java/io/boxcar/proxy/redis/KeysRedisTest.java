package io.boxcar.proxy.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The positions of keys against what a real Redis says about its own commands. */
final class KeysRedisTest {
    /** Redis calls channels no keys here, though COMMAND gives their positions, and does not tell keys of DEBUG. */
    private static final Set<String> NOT_ASKED = Set.of("SPUBLISH", "SSUBSCRIBE", "SUNSUBSCRIBE", "DEBUG");

    /** At least one for every command whose keys move. */
    private static final List<String> MOVING = List.of(
            "EVAL s 2 a b c",
            "EVAL_RO s 1 a b c",
            "EVALSHA s 3 a b c",
            "EVALSHA_RO s 1 a",
            "FCALL f 2 a b c",
            "FCALL_RO f 1 a b",
            "LMPOP 2 a b LEFT",
            "BLMPOP 0 2 a b LEFT COUNT 3",
            "ZMPOP 2 a b MIN",
            "BZMPOP 0 1 a MAX",
            "SINTERCARD 2 a b LIMIT 3",
            "ZINTERCARD 2 a b LIMIT 3",
            "ZDIFF 2 a b WITHSCORES",
            "ZINTER 2 a b WEIGHTS 1 2",
            "ZUNION 3 a b c",
            "ZDIFFSTORE d 2 a b",
            "ZINTERSTORE d 2 a b WEIGHTS 1 2",
            "ZUNIONSTORE d 1 a AGGREGATE MAX",
            "XREAD STREAMS a b 0 0",
            "XREAD COUNT 3 BLOCK 5 STREAMS a 0",
            "XREADGROUP GROUP g c NOACK COUNT 3 STREAMS a b > >",
            "SORT a",
            "SORT a BY w_* LIMIT 0 5 GET g_* GET # ASC ALPHA STORE d",
            "SORT a STORE d STORE e",
            "SORT_RO a BY w_*",
            "GEORADIUS a 1 1 5 m",
            "GEORADIUS a 1 1 5 m WITHDIST STORE d",
            "GEORADIUSBYMEMBER a m 5 m STOREDIST d",
            "GEORADIUSBYMEMBER a m 5 m",
            "MIGRATE h 1 k 0 10 COPY",
            "MIGRATE h 1  0 10 REPLACE AUTH p KEYS a b c",
            "MIGRATE h 1  0 10 AUTH2 KEYS p KEYS a b");

    @Test
    void agreesWithThePositionsOfRedis() throws Exception {
        CommandTable commands = CommandTable.load();
        KeyTable table = KeyTable.load(commands, CommandFlags.NONE);
        try (RedisServer server = RedisServer.start();
                RedisClient redis = new RedisClient(server.port())) {
            CommandFlags flags = CommandFlags.parse(redis.send(RedisClient.request("COMMAND")), 0);
            assertTrue(flags.commands().size() > 300, flags.commands().size() + " commands");
            int compared = 0;
            for (CommandFlags.Command command : flags.commands()) {
                int row = commands.rowOf(command.name());
                row = row == CommandTable.ABSENT ? commands.rowOf(command.container()) : row;
                if (row == CommandTable.ABSENT || command.flags().contains("movablekeys")) {
                    assertTrue(row != CommandTable.ABSENT, command.name());
                    continue;
                }
                KeyPositions positions = table.at(row);
                if (command.firstKey() > 0) {
                    KeyPositions expected = KeyPositions.range(command.firstKey(), command.lastKey(), command.step());
                    assertEquals(expected, positions, command.name());
                    compared++;
                } else if (positions != null) {
                    // Redis has no keys for "XGROUP HELP", which has no argument 2 either.
                    assertTrue(command.name().matches("(XGROUP|XINFO|OBJECT)(\\|HELP)?|DEBUG"), command.name());
                }
            }
            assertTrue(compared > 150, compared + " commands compared");
        }
    }

    @Test
    void findsTheKeysThatRedisFinds() throws Exception {
        try (RedisServer server = RedisServer.start();
                RedisClient redis = new RedisClient(server.port())) {
            Set<String> named = new HashSet<>();
            for (String request : MOVING) {
                String[] arguments = request.split(" ", -1);
                named.add(arguments[0]);
                List<String> expected = redis.list(withPrefix(arguments));
                assertNotNull(expected, request);
                assertEquals(sorted(expected), sorted(keysOf(arguments)), request);
            }
            int compared = 0;
            CommandFlags flags = CommandFlags.parse(redis.send(RedisClient.request("COMMAND")), 0);
            for (CommandFlags.Command command : flags.commands()) {
                if (command.flags().contains("movablekeys")) {
                    assertTrue(named.contains(command.name()), command.name() + " is not tested");
                }
                compared += NOT_ASKED.contains(command.container()) ? 0 : compareInAllLengths(command, redis);
            }
            assertTrue(compared > 500, compared + " requests compared");
        }
    }

    private static int compareInAllLengths(CommandFlags.Command command, RedisClient redis) throws Exception {
        int compared = 0;
        for (int length = 1; length <= 9; length++) {
            List<String> request = new ArrayList<>(List.of(command.name().split("\\|")));
            for (int i = 0; i < length; i++) {
                request.add("argument" + i);
            }
            String[] arguments = request.toArray(String[]::new);
            List<String> expected = redis.list(withPrefix(arguments));
            if (expected != null) {
                assertEquals(sorted(expected), sorted(keysOf(arguments)), request.toString());
                compared++;
            }
        }
        return compared;
    }

    private static List<String> keysOf(String... arguments) {
        List<String> keys = KeysTest.keys(arguments);
        assertNotNull(keys, arguments[0]);
        return keys;
    }

    private static String[] withPrefix(String[] arguments) {
        List<String> request = new ArrayList<>(List.of("COMMAND", "GETKEYS"));
        request.addAll(Arrays.asList(arguments));
        return request.toArray(String[]::new);
    }

    private static List<String> sorted(List<String> keys) {
        return keys.stream().sorted().toList();
    }
}
