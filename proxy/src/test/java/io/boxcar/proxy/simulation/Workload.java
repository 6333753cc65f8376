package io.boxcar.proxy.simulation;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.boxcar.proxy.simulation.Request.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Makes the requests of one client. Each carries a token that its answer must repeat. */
final class Workload {
    private static final String[] READS = {"GET", "get", "STRLEN", "Exists", "HGETALL", "KEYS"};
    private static final String[] CLUSTER_READS = {"GET", "get", "STRLEN", "HGETALL"};
    private static final String[] CLUSTER_WRITES = {"SET", "INCR", "append", "LPUSH"};
    private static final String[] WRITES = {"SET", "INCR", "append", "LPUSH", "DEL", "EVAL"};
    private static final String OK = "+OK\r\n";

    private final SimClient client;
    private final Scenario scenario;
    private final boolean ownWork;
    private final boolean breaksProtocol;
    private final int runLength;
    private String name = "";
    private Kind lastKind = Kind.READ;
    private int db;
    private boolean inMulti;
    private final List<Request> queued = new ArrayList<>();
    private final List<String> channels = new ArrayList<>();

    /** Requests to go until the transaction ends that is to be sent in one piece. */
    private int untilExec;

    Workload(SimClient client, Scenario scenario, RandomGenerator random) {
        this.client = client;
        this.scenario = scenario;
        this.ownWork = scenario.ownWork() && random.nextInt(3) == 0;
        this.breaksProtocol = scenario.badClients() && random.nextInt(4) == 0;
        this.runLength = 1 + random.nextInt(8);
    }

    /** Whether the next request belongs to the ones before it, so that they should be sent together. */
    boolean isInOnePiece() {
        return untilExec > 0;
    }

    Request next(int number, RandomGenerator random) {
        String token = token(client.number, number);
        if (!channels.isEmpty()) {
            return subscribed(number, token, random);
        }
        if (inMulti) {
            return inTransaction(number, token, random);
        }
        if (random.nextInt(300) == 0) {
            return request(number, Kind.FATAL, resp("QUIT"), OK);
        }
        if (breaksProtocol && random.nextInt(60) == 0) {
            return fatal(number, random);
        }
        if (random.nextInt(25) == 0) {
            return local(number, random);
        }
        if (scenario.isCluster() && random.nextInt(10) == 0) {
            return manyKeys(number, token, random);
        }
        if (!scenario.isCluster() && random.nextInt(50) == 0) {
            untilExec = 1 + random.nextInt(4);
            return multi(number);
        }
        if (ownWork && random.nextInt(12) == 0) {
            return own(number, token, random);
        }
        return ordinary(number, token, answer(token, random), random);
    }

    private Request ordinary(int number, String token, String answer, RandomGenerator random) {
        // Runs of reads can be repeated, mixed ones cannot: both should be common.
        Kind kind = random.nextInt(runLength) == 0 ? (random.nextBoolean() ? Kind.READ : Kind.WRITE) : lastKind;
        lastKind = kind;
        String[] names = kind == Kind.READ
                ? scenario.isCluster() ? CLUSTER_READS : READS
                : scenario.isCluster() ? CLUSTER_WRITES : WRITES;
        String command = names[random.nextInt(names.length)];
        String bytes = random.nextInt(12) == 0
                ? command + " key " + token + (random.nextBoolean() ? "\r\n" : "\n")
                : resp(command, key(random), token);
        if (!inMulti && random.nextInt(40) == 0) {
            bytes = (random.nextBoolean() ? "\r\n" : "*0\r\n") + bytes; // needs no answer
        }
        return request(number, kind, bytes, answer);
    }

    static String key(RandomGenerator random) {
        return "k".repeat(random.nextInt(40));
    }

    /** One that is split, if its keys are at several nodes. */
    private Request manyKeys(int number, String token, RandomGenerator random) {
        String[] words = new String[3 + random.nextInt(3)];
        StringBuilder values = new StringBuilder("*" + (words.length - 1) + "\r\n");
        words[0] = "MGET";
        for (int i = 1; i < words.length; i++) {
            words[i] = i == words.length - 1 ? token : key(random);
            values.append(bulk(value(words[i])));
        }
        Request request = request(number, Kind.READ, resp(words), values.toString());
        request.isSplit = true;
        return request;
    }

    /** What MGET finds under a key. */
    static String value(String key) {
        return "value of " + key;
    }

    private Request multi(int number) {
        Request request = request(number, Kind.STATE, resp("MULTI"), OK);
        inMulti = true;
        return request;
    }

    private Request inTransaction(int number, String token, RandomGenerator random) {
        boolean ends = untilExec > 0 ? --untilExec == 0 : random.nextInt(4) == 0;
        if (!ends) {
            Request request = ordinary(number, token, "+QUEUED\r\n", random);
            String later = answer(token, random);
            request.whenExecuted = later.getBytes(ISO_8859_1);
            queued.add(request);
            return request;
        }
        boolean executes = random.nextInt(5) != 0;
        StringBuilder results = new StringBuilder("*" + queued.size() + "\r\n");
        for (Request one : queued) {
            results.append(new String(one.whenExecuted, ISO_8859_1));
            one.isDiscarded = !executes;
        }
        String answer = executes ? results.toString() : OK;
        Request request = request(number, Kind.STATE, resp(executes ? "EXEC" : "DISCARD"), answer);
        inMulti = false;
        queued.clear();
        return request;
    }

    private Request subscribed(int number, String token, RandomGenerator random) {
        if (random.nextInt(4) == 0) {
            channels.add(token);
            return request(number, Kind.OWN_SESSION, resp("SUBSCRIBE", token), ack("subscribe", token));
        }
        String channel = channels.remove(random.nextInt(channels.size()));
        return request(number, Kind.STATE, resp("UNSUBSCRIBE", channel), ack("unsubscribe", channel));
    }

    private String ack(String kind, String channel) {
        return "*3\r\n" + bulk(kind) + bulk(channel) + ":" + channels.size() + "\r\n";
    }

    private Request fatal(int number, RandomGenerator random) {
        return switch (random.nextInt(3)) {
            case 0 -> request(number, Kind.FATAL, "*1\r\n:5\r\n", "-ERR Protocol error: expected '$', got ':'\r\n");
            case 1 -> request(number, Kind.FATAL, "POST / HTTP/1.1\r\nHost: x\r\n\r\n", "");
            default -> {
                String tooLong = "x".repeat((int) scenario.listener().limits().maxRequestBytes() + 1);
                yield request(
                        number,
                        Kind.FATAL,
                        resp("SET", tooLong),
                        "-ERR Protocol error: request exceeds the limit of 20000 bytes (limits.request)\r\n");
            }
        };
    }

    private Request local(int number, RandomGenerator random) {
        if (random.nextBoolean()) {
            name = "n" + number;
            return request(number, Kind.LOCAL, resp("CLIENT", "SETNAME", name), OK);
        }
        String answer = name.isEmpty() ? "$-1\r\n" : "$" + name.length() + "\r\n" + name + "\r\n";
        return request(number, Kind.LOCAL, resp("client", "getname"), answer);
    }

    private Request own(int number, String token, RandomGenerator random) {
        String answer = answer(token, random);
        return switch (scenario.isCluster() ? 6 + random.nextInt(6) : random.nextInt(12)) {
            case 0 -> request(number, Kind.OWN_SESSION, resp("WATCH", token), OK);
            case 1 -> {
                db = random.nextInt(3);
                yield request(number, Kind.STATE, resp("SELECT", String.valueOf(db)), OK);
            }
            case 2 -> multi(number);
            case 3 -> request(number, Kind.STATE, resp("UNWATCH"), OK);
            case 4 -> {
                channels.add(token);
                yield request(number, Kind.OWN_SESSION, resp("SUBSCRIBE", token), ack("subscribe", token));
            }
            case 5 ->
                random.nextInt(4) == 0
                        ? request(number, Kind.OWN_SESSION, resp("NOTACOMMAND", token), answer)
                        : request(number, Kind.OWN_ONCE, resp("WAIT", "0", token), answer);
            case 6, 7 ->
                request(number, Kind.LARGE, resp("SET", "x".repeat(1024 + random.nextInt(4096)), token), answer);
            case 8 -> request(number, Kind.CONTROL, resp("CLIENT", "UNBLOCK", token), answer);
            default -> request(number, Kind.OWN_ONCE, resp("BLPOP", "queue", token), answer);
        };
    }

    private Request request(int number, Kind kind, String bytes, String expected) {
        return new Request(
                client, number, kind, bytes.getBytes(ISO_8859_1), expected.getBytes(ISO_8859_1), db, inMulti);
    }

    static String token(int client, int number) {
        return "t" + client + "." + number;
    }

    static String resp(String... arguments) {
        StringBuilder bytes = new StringBuilder("*" + arguments.length + "\r\n");
        for (String argument : arguments) {
            bytes.append('$')
                    .append(argument.length())
                    .append("\r\n")
                    .append(argument)
                    .append("\r\n");
        }
        return bytes.toString();
    }

    /** Any kind of reply, with the token in it. */
    private static String answer(String token, RandomGenerator random) {
        return switch (random.nextInt(8)) {
            case 0 -> "-ERR " + token + "\r\n";
            case 1 -> ":" + token.substring(1).replace('.', '0') + "\r\n";
            case 2 -> "*2\r\n$" + token.length() + "\r\n" + token + "\r\n*1\r\n$-1\r\n";
            case 3 -> bulk((token + ";").repeat(random.nextInt(random.nextInt(8) == 0 ? 500 : 20)) + token);
            case 4 -> bulk(token);
            default -> "+" + token + "\r\n";
        };
    }

    static String bulk(String content) {
        return "$" + content.length() + "\r\n" + content + "\r\n";
    }
}
