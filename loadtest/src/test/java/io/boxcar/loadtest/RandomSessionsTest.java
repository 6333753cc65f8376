package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Several clients take turns at random, each with a few commands at once that change what their connection means: once with a
 * Redis, and once through Boxcar with another one. Every byte of the answers is equal, ids aside.
 *
 * <p>To repeat a failure set {@code -Dboxcar.sessions.seed=N}, for longer {@code -Dboxcar.sessions.rounds=N}.
 */
class RandomSessionsTest {
    private static final int CLIENTS = 4;
    private static final int TURNS = 60;

    private static final String[] COMMANDS = {
        "SET k v",
        "SET k w",
        "GET k",
        "INCR n",
        "INCR n",
        "MULTI",
        "MULTI",
        "EXEC",
        "EXEC",
        "EXEC now",
        "DISCARD",
        "WATCH k",
        "WATCH n",
        "UNWATCH",
        "SELECT 0",
        "SELECT 1",
        "SELECT 99",
        "AUTH bob pw",
        "AUTH bob wrong",
        "HELLO",
        "HELLO 2",
        "HELLO 3",
        "HELLO 3 AUTH bob pw SETNAME hello",
        "HELLO 3 AUTH bob wrong SETNAME no",
        "HELLO 9",
        "RESET",
        "CLIENT SETNAME me",
        "CLIENT GETNAME",
        "CLIENT GETNAME",
        "CLIENT ID",
        "ACL WHOAMI",
        "ACL WHOAMI",
        "SUBSCRIBE c",
        "SUBSCRIBE a b",
        "PSUBSCRIBE p*",
        "SSUBSCRIBE s",
        "UNSUBSCRIBE",
        "UNSUBSCRIBE a",
        "PUNSUBSCRIBE",
        "SUNSUBSCRIBE",
        "PUBLISH a x",
        "PUBLISH pp x",
        "PING",
        "PING x",
        "CLIENT TRACKING ON BCAST PREFIX zz",
        "CLIENT TRACKING OFF",
        "CLIENT CACHING YES",
        "CLIENT TRACKINGINFO",
        "CLIENT REPLY ON",
        "CLIENT NO-EVICT ON",
        "BLPOP nothing 0.01",
        "RPUSH l x",
        "BLPOP l 1",
        "LRANGE l 0 -1",
        "EVAL return{1,2} 0",
        "WAIT 0 0",
        "READONLY",
        "ASKING",
        "NOSUCH a",
        "GET",
        "QUIT",
    };

    /** The connection with a Redis, and what must be known of it to count messages. */
    private static final class Direct {
        private final Wire wire;
        private final Set<String> subscribed = new HashSet<>();
        private boolean inMulti;

        Direct(Wire wire) {
            this.wire = wire;
        }

        /** Whether it would have to be found inside the answer to EXEC. */
        boolean isTooHard(String command) {
            return inMulti && (command.contains("SUBSCRIBE") || command.equals("CLIENT ID"));
        }

        List<String> ask(String command) throws IOException {
            wire.send((Object[]) command.split(" "));
            List<String> messages = new ArrayList<>();
            String verb = command.replaceFirst(" .*", "").toLowerCase(Locale.ROOT);
            if (!verb.endsWith("subscribe")) {
                String message;
                do {
                    message = wire.reply();
                    messages.add(message);
                } while (message.startsWith(">") || isMessage(message));
                follow(verb, message);
                return messages;
            }
            int left = command.split(" ").length - 1;
            if (left == 0) {
                String kind = kindOf(verb);
                left = Math.max(1, (int)
                        subscribed.stream().filter(s -> s.startsWith(kind)).count());
            }
            while (left > 0) {
                String message = wire.reply();
                messages.add(message);
                if (!isMessage(message)) {
                    left = message.startsWith("-") ? 0 : left - 1;
                    acknowledge(verb, message);
                }
            }
            return messages;
        }

        private boolean isMessage(String message) {
            return !subscribed.isEmpty()
                    && (message.contains("\r\nmessage\r\n") || message.contains("\r\npmessage\r\n"));
        }

        private static String kindOf(String verb) {
            return verb.startsWith("p")
                    ? "pattern "
                    : verb.startsWith("s") && !verb.startsWith("subs") ? "shard " : "channel ";
        }

        private void acknowledge(String verb, String message) {
            String[] lines = message.split("\r\n");
            if (lines.length < 5) {
                return;
            }
            if (verb.contains("un")) {
                subscribed.remove(kindOf(verb) + lines[4]);
            } else {
                subscribed.add(kindOf(verb) + lines[4]);
            }
        }

        private void follow(String verb, String message) {
            boolean error = message.startsWith("-");
            if (verb.equals("multi") && !error) {
                inMulti = true;
            } else if (verb.equals("exec") || verb.equals("discard") && !error) {
                inMulti = false;
            } else if (verb.equals("reset") && !error) {
                inMulti = false;
                subscribed.clear();
            }
        }
    }

    /** The same client twice. */
    private record Client(Direct direct, Wire through) {
        static Client open(RedisOrigin redis, LocalBoxcar boxcar) throws IOException {
            return new Client(new Direct(Wire.open(redis.address())), boxcar.connect());
        }

        void close() throws IOException {
            direct.wire.close();
            through.close();
        }
    }

    @Test
    void everyAnswerIsTheOneOfADirectConnection() throws IOException {
        play();
    }

    @Test
    void strictlyToo() throws IOException {
        play("listeners.redis.client-state=strict");
    }

    private static void play(String... settings) throws IOException {
        long seed = Long.getLong("boxcar.sessions.seed", System.nanoTime());
        int rounds = Integer.getInteger("boxcar.sessions.rounds", 4);
        try (RedisOrigin one = RedisOrigin.start();
                RedisOrigin other = RedisOrigin.start();
                LocalBoxcar boxcar = LocalBoxcar.before(other, settings).ready()) {
            for (RedisOrigin redis : List.of(one, other)) {
                try (Wire wire = Wire.open(redis.address())) {
                    assertEquals("+OK\r\n", wire.ask("ACL", "SETUSER", "bob", "on", ">pw", "~*", "&*", "+@all"));
                }
            }
            for (int round = 0; round < rounds; round++) {
                playRound(seed + round, one, boxcar);
            }
        }
    }

    private static void playRound(long seed, RedisOrigin redis, LocalBoxcar boxcar) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        List<Client> clients = new ArrayList<>();
        List<String> history = new ArrayList<>();
        try {
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(Client.open(redis, boxcar));
            }
            for (int turn = 0; turn < TURNS; turn++) {
                int number = random.nextInt(CLIENTS);
                if (takesItsTurn(clients.get(number), number, random, history, seed)) {
                    clients.set(number, Client.open(redis, boxcar));
                }
            }
        } finally {
            for (Client client : clients) {
                client.close();
            }
        }
    }

    /** Whether the client has quit. */
    private static boolean takesItsTurn(
            Client client, int number, SplittableRandom random, List<String> history, long seed) throws IOException {
        boolean quit = false;
        ByteArrayOutputStream requests = new ByteArrayOutputStream();
        List<String> expected = new ArrayList<>();
        List<String> commands = new ArrayList<>();
        for (int left = random.nextInt(1, 6); left > 0 && !quit; left--) {
            String command = COMMANDS[random.nextInt(COMMANDS.length)];
            if (!client.direct().isTooHard(command)) {
                history.add(number + "> " + command);
                for (String message : client.direct().ask(command)) {
                    expected.add(message);
                    commands.add(command);
                }
                requests.writeBytes(Wire.command((Object[]) command.split(" ")));
                quit = command.equals("QUIT");
            }
        }
        client.through().sendBytes(requests.toByteArray());
        for (int i = 0; i < expected.size(); i++) {
            String message = expected.get(i);
            String context = "seed " + seed + ":\n" + String.join("\n", history) + "\n";
            String got;
            try {
                got = client.through().reply();
            } catch (IOException e) {
                throw new AssertionError(context + " instead of " + message, e);
            }
            assertEquals(withoutIds(commands.get(i), message), withoutIds(commands.get(i), got), context);
        }
        if (quit) {
            client.close();
        }
        return quit;
    }

    private static String withoutIds(String command, String message) {
        if (command.endsWith("UNSUBSCRIBE")) {
            return message.replaceFirst("\r\n[abc]\r\n", "\r\nsome channel\r\n"); // in the order of a hash table
        }
        return command.equals("CLIENT ID")
                ? message.replaceFirst("^:\\d+\r\n$", ":ID\r\n")
                : message.replaceAll("\r\nid\r\n:\\d+", "\r\nid\r\n:ID");
    }
}
