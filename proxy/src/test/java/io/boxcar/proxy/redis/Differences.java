package io.boxcar.proxy.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;

/** Writes the list of what differs from a direct connection, from the table of commands. */
final class Differences {
    private static final String HEAD = """
            # Redis through Boxcar: what differs from a direct connection

            Written from `commands.txt` by a test, which fails when this file is out of date and says how to write it anew.

            Boxcar answers with the bytes that Redis answers with. Clients share a few upstream connections; where a command is
            about *the connection*, or must not wait behind others, its client is lent a **pinned** upstream connection, which
            nobody else uses until the client has no state any more. The first line of each section says
            what that means for its commands; a command has a remark if a client or an operator can notice something.

            `client-state` of a listener says what becomes of commands that ask for or set the state of a connection:

            - `virtual` (default): they are about the client's connection to Boxcar. Each client has a number, from 2^40 up, where
              Redis has a client id; numbers are translated into the ids of pinned connections, and back, in the commands that
              name ids.
            - `strict`: CLIENT ID, GETNAME, SETNAME, SETINFO and HELLO pin the client for its life, and nothing is translated.

            """;

    private static final String TAIL = """

            ## Everywhere

            - Redis sees Boxcar's connections: their number, addresses and, on shared ones, the name `boxcar`. `maxclients`, CLIENT
              LIST, CLIENT KILL by address, type or user, and MONITOR are about those. A shared connection that is killed is
              opened again, but requests on their way are answered with `-BOXCARLOST`.
            - Errors of Boxcar's own begin with `-BOXCAR`: no upstream, a time limit, too much outstanding, a request whose outcome
              is not known.
            - A change of user, database or protocol version takes effect when Redis has said so; after it the client shares
              connections with clients of the same user, database and version.
            - MULTI up to EXEC that arrives in one piece, with nothing in between that would be pinned, travels on a shared
              connection in one piece. Any other transaction is pinned from MULTI to EXEC or DISCARD.
            - Unknown commands, such as those of a module: when one is first used, Redis is asked with COMMAND INFO what it does, and
              it is shared if Redis says that it reads or writes keys and does not block. Otherwise, and over RESP3, for subcommands
              and for a user who may not ask, it is pinned; if Redis knows it, for the rest of the session. The answer is kept until
              Boxcar ends.
            """;

    private Differences() {}

    private static String title(Travel travel) {
        return switch (travel) {
            case SHARED_READ -> "Shared, may be sent twice";
            case SHARED_WRITE -> "Shared, never sent twice";
            case ANSWERED -> "Answered by Boxcar";
            case PINNED_ONCE -> "Pinned until answered";
            case PINNED -> "Pinned until the state is gone";
            case PINNED_FOR_LIFE -> "Pinned for the rest of the session";
            case CONTROL -> "Sent past everything else";
            case FORBIDDEN_HTTP -> "Refused";
        };
    }

    private static String explanation(Travel travel) {
        return switch (travel) {
            case SHARED_READ ->
                "On a shared connection. If that breaks before the answer and `resend-reads` is on, the request is sent once more.";
            case SHARED_WRITE ->
                "On a shared connection. If that breaks before the answer, the client gets `-BOXCARLOST`: the outcome is not known.";
            case ANSWERED ->
                "With `virtual`, without asking Redis, in the client's order. With `strict`, and while the client is pinned, Redis answers.";
            case PINNED_ONCE -> "They block, take long, or speak of their own connection.";
            case PINNED ->
                "The connection is given back when Redis has acknowledged that nothing is left: EXEC, DISCARD, UNWATCH, the last"
                        + " UNSUBSCRIBE, CLIENT TRACKING OFF, READWRITE, RESET. Commands that change user, database or version are"
                        + " pinned only until their answer.";
            case PINNED_FOR_LIFE ->
                "Nothing takes their effect back, or nobody knows it. If Redis answers with an error nothing has changed, and the"
                        + " client shares again.";
            case CONTROL ->
                "On a pinned connection, even if as many as allowed are lent, and without anything ahead of them that a busy server"
                        + " would refuse.";
            case FORBIDDEN_HTTP -> "The connection is closed without an answer, as Redis does.";
        };
    }

    /** By command. */
    static Map<String, String> remarks() {
        Map<String, String> remarks = new TreeMap<>();
        remarks.put("CLIENT|ID", "The client's number; `strict`: the id. Inside MULTI, always the id.");
        remarks.put("CLIENT|GETNAME", "What the client set.");
        remarks.put(
                "CLIENT|SETNAME",
                "Shown in CLIENT LIST while the client is pinned; `strict`: from then on, at the price of a connection.");
        remarks.put(
                "CLIENT|SETINFO", "As SETNAME; accepted also in front of a Redis before 7.2, which does not know it.");
        remarks.put(
                "CLIENT|LIST",
                "Shared connections, and pinned ones with the number of the client that has each. Clients that share are not in it.");
        remarks.put("CLIENT|INFO", "The pinned connection, with the client's number.");
        remarks.put(
                "CLIENT|KILL",
                "ID takes a client's number, and closes also a client that shares; addresses are those that Redis sees.");
        remarks.put("CLIENT|UNBLOCK", "Takes a client's number.");
        remarks.put(
                "CLIENT|TRACKING",
                "REDIRECT takes the number of a client that is pinned, as one is that has subscribed.");
        remarks.put("CLIENT|GETREDIR", "A client's number.");
        remarks.put("CLIENT|TRACKINGINFO", "`redirect` is a client's number.");
        remarks.put(
                "CLIENT|REPLY", "ON is harmless. After OFF or SKIP Boxcar passes on what comes and counts nothing.");
        remarks.put(
                "CLIENT|PAUSE", "Pauses all shared connections, so all clients of this Boxcar, as it does without.");
        remarks.put("HELLO", "`id` is the client's number. Checked by Redis each time.");
        remarks.put(
                "RESET",
                "Back to the user that the upstream's `auth` names, if it does; the shared connections are not touched.");
        remarks.put("AUTH", "Checked by Redis each time.");
        remarks.put(
                "WAIT",
                "Covers what the client wrote before on shared connections: a PING goes ahead on the pinned one.");
        remarks.put("WAITAOF", "As WAIT.");
        remarks.put("MONITOR", "Shows the commands of all clients as coming from Boxcar's connections.");
        remarks.put("UNWATCH", "Without a WATCH before it nothing is watched, and it is true to say OK.");
        remarks.put("QUIT", "While pinned Redis answers it.");
        remarks.put("SCRIPT|KILL", "Gets through to a server that is busy with a script.");
        remarks.put("SHUTDOWN", "Gets through to a server that is busy with a script.");
        return remarks;
    }

    static String generate() {
        Map<Travel, TreeSet<String>> byTravel = new EnumMap<>(Travel.class);
        for (Travel travel : Travel.values()) {
            byTravel.put(travel, new TreeSet<>());
        }
        table().lines().filter(line -> !line.isBlank() && line.charAt(0) != '#').forEach(line -> {
            List<String> words = Arrays.asList(line.strip().split("\\s+"));
            Travel travel = Travel.valueOf(words.getFirst().replace('-', '_').toUpperCase(Locale.ROOT));
            words.subList(1, words.size()).forEach(name -> add(byTravel, travel, name));
        });
        StringBuilder out = new StringBuilder(HEAD);
        for (Travel travel : List.of(
                Travel.ANSWERED,
                Travel.PINNED,
                Travel.PINNED_ONCE,
                Travel.PINNED_FOR_LIFE,
                Travel.CONTROL,
                Travel.FORBIDDEN_HTTP,
                Travel.SHARED_READ,
                Travel.SHARED_WRITE)) {
            section(out, travel, Objects.requireNonNull(byTravel.get(travel)));
        }
        return out.append(TAIL.substring(1)).toString();
    }

    private static void add(Map<Travel, TreeSet<String>> byTravel, Travel travel, String name) {
        String plain = name.replace("[BLOCK]", "");
        Objects.requireNonNull(byTravel.get(travel)).add(plain);
        if (!plain.equals(name)) {
            Objects.requireNonNull(byTravel.get(Travel.PINNED_ONCE)).add(plain + " with BLOCK");
        }
    }

    private static void section(StringBuilder out, Travel travel, TreeSet<String> names) {
        out.append("## ")
                .append(title(travel))
                .append("\n\n")
                .append(explanation(travel))
                .append("\n\n");
        StringBuilder plain = new StringBuilder();
        for (String name : names) {
            String remark = remarks().get(name);
            String shown = name.replace("|*", " (others)").replace('|', ' ');
            if (remark != null) {
                out.append("- **").append(shown).append("**: ").append(remark).append('\n');
            } else {
                plain.append(plain.isEmpty() ? "" : ", ").append(shown);
            }
        }
        if (!plain.isEmpty()) {
            out.append(out.toString().endsWith("\n\n") ? "" : "\n")
                    .append(plain)
                    .append("\n");
        }
        out.append('\n');
    }

    private static String table() {
        try (InputStream in = Objects.requireNonNull(CommandTable.class.getResourceAsStream("commands.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
