package io.boxcar.proxy.simulation;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.boxcar.proxy.simulation.Request.Kind;
import java.util.random.RandomGenerator;

/** Makes the requests of one client. Each carries a token that its answer must repeat. */
final class Workload {
    private static final String[] READS = {"GET", "get", "STRLEN", "Exists", "HGETALL"};
    private static final String[] WRITES = {"SET", "INCR", "append", "LPUSH", "DEL"};
    private static final String[] SESSIONS = {"MULTI", "SELECT", "WATCH", "NOTACOMMAND"};

    private final SimClient client;
    private final Scenario scenario;
    private final boolean ownWork;
    private final boolean breaksProtocol;
    private final int runLength;
    private String name = "";
    private Kind lastKind = Kind.READ;

    Workload(SimClient client, Scenario scenario, RandomGenerator random) {
        this.client = client;
        this.scenario = scenario;
        this.ownWork = scenario.ownWork() && random.nextInt(3) == 0;
        this.breaksProtocol = scenario.badClients() && random.nextInt(4) == 0;
        this.runLength = 1 + random.nextInt(8);
    }

    Request next(int number, RandomGenerator random) {
        String token = token(client.number, number);
        if (random.nextInt(300) == 0) {
            return request(number, Kind.FATAL, resp("QUIT"), "+OK\r\n");
        }
        if (breaksProtocol && random.nextInt(60) == 0) {
            return fatal(number, random);
        }
        if (random.nextInt(25) == 0) {
            return local(number, random);
        }
        if (ownWork && random.nextInt(12) == 0) {
            return own(number, token, random);
        }
        // Runs of reads can be repeated, mixed ones cannot: both should be common.
        Kind kind = random.nextInt(runLength) == 0 ? (random.nextBoolean() ? Kind.READ : Kind.WRITE) : lastKind;
        lastKind = kind;
        String[] names = kind == Kind.READ ? READS : WRITES;
        String command = names[random.nextInt(names.length)];
        String bytes = random.nextInt(12) == 0
                ? command + " key " + token + (random.nextBoolean() ? "\r\n" : "\n")
                : resp(command, "k".repeat(random.nextInt(40)), token);
        if (random.nextInt(40) == 0) {
            bytes = (random.nextBoolean() ? "\r\n" : "*0\r\n") + bytes; // needs no answer
        }
        return request(number, kind, bytes, answer(token, random));
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
            return request(number, Kind.LOCAL, resp("CLIENT", "SETNAME", name), "+OK\r\n");
        }
        String answer = name.isEmpty() ? "$-1\r\n" : "$" + name.length() + "\r\n" + name + "\r\n";
        return request(number, Kind.LOCAL, resp("client", "getname"), answer);
    }

    private Request own(int number, String token, RandomGenerator random) {
        String answer = answer(token, random);
        return switch (random.nextInt(6)) {
            case 0 -> {
                String session = SESSIONS[random.nextInt(SESSIONS.length)];
                yield request(number, Kind.OWN_SESSION, resp(session, token), answer);
            }
            case 1 -> request(number, Kind.OWN_ONCE, resp("CLIENT", "LIST", token), answer);
            case 2, 3 ->
                request(number, Kind.LARGE, resp("SET", "x".repeat(1024 + random.nextInt(4096)), token), answer);
            default -> request(number, Kind.OWN_ONCE, resp("BLPOP", "queue", token), answer);
        };
    }

    private Request request(int number, Kind kind, String bytes, String expected) {
        return new Request(client, number, kind, bytes.getBytes(ISO_8859_1), expected.getBytes(ISO_8859_1));
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

    private static String bulk(String content) {
        return "$" + content.length() + "\r\n" + content + "\r\n";
    }
}
