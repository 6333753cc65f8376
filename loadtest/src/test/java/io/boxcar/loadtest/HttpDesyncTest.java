package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.loadtest.RecordingOrigin.Heard;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Request smuggling: attackers with token A send what two parsers might read differently, cut in two anywhere, while a victim with
 * token B shares their connections to the origin. No request reaches the origin that its client did not frame, and no response
 * reaches another client than the one that asked.
 *
 * <p>{@code -Dboxcar.desync.splits=all} cuts at every byte instead of at line ends and some others.
 */
@ExtendWith(NoLeaks.class)
class HttpDesyncTest {
    private static final long SEED = 20_251_121;
    private static final int TOGETHER = 256;
    private static final int SPLITS_OF_EACH = 2;
    private static final boolean ALL_SPLITS = "all".equals(System.getProperty("boxcar.desync.splits"));

    private final Random random = new Random(SEED);
    private final List<String> harm = new ArrayList<>();
    private int cases;
    private int victimRequests;
    private final List<String> names = new ArrayList<>();

    /** One attacker's bytes, cut in two. */
    private record Attack(String name, String bytes, int split, StrictHttp.Reading framed) {
        String first() {
            return bytes.substring(0, split);
        }

        String rest() {
            return bytes.substring(split);
        }

        @Override
        public String toString() {
            return name + ", cut at " + split + ": " + SmugglingMutations.visible(bytes);
        }
    }

    @Test
    void aStrictOriginGetsWhatTheClientsFramedAndNothingMalformed() throws IOException {
        try (RecordingOrigin origin = RecordingOrigin.strict()) {
            attack(origin);
            assertEquals(List.of(), origin.malformed());
        }
    }

    @Test
    void anOriginThatTakesEverythingGetsWhatTheClientsFramed() throws IOException {
        try (RecordingOrigin origin = RecordingOrigin.tolerant(new LenientHttp(false, true, false, false))) {
            attack(origin);
        }
    }

    private void attack(RecordingOrigin origin) throws IOException {
        Set<Heard> framed = new HashSet<>();
        try (LocalBoxcar boxcar = LocalBoxcar.http(
                        origin.address(),
                        "upstreams.http.http.mode=pipeline",
                        "upstreams.http.http.connections=1",
                        "upstreams.http.http.max-connections=1000",
                        "upstreams.http.timeout.queue=20s")
                .ready()) {
            try (Wire victim = boxcar.connect()) {
                List<Attack> attacks = attacks();
                for (int from = 0; from < attacks.size(); from += TOGETHER) {
                    attack(boxcar, victim, attacks.subList(from, Math.min(attacks.size(), from + TOGETHER)), framed);
                }
            }
            Eventually.isTrue("all clients are gone", () -> boxcar.stat("listeners", "clients") == 0);
        }
        for (RecordingOrigin.Conversation conversation : origin.conversations()) {
            judge(conversation, framed);
        }
        assertTrue(
                harm.isEmpty(),
                () -> harm.size() + " of " + cases + ":\n"
                        + String.join("\n", harm.subList(0, Math.min(40, harm.size()))));
    }

    // ---- what is sent ----

    private List<Attack> attacks() {
        List<Attack> attacks = new ArrayList<>();
        for (Map.Entry<String, String> mutation : SmugglingMutations.all().entrySet()) {
            String before = "GET /before/000000?token=A HTTP/1.1\r\nHost: a\r\n\r\n";
            String bytes = before + mutation.getValue() + "GET /stolen/000000?token=A HTTP/1.1\r\nHost: a\r\n\r\n";
            for (int split : splits(before.length(), bytes)) {
                names.add(mutation.getKey());
                String own = bytes.replace(SmugglingMutations.ID, String.format("%06d", cases++));
                attacks.add(new Attack(mutation.getKey(), own, split, StrictHttp.requests(own)));
            }
        }
        Collections.shuffle(attacks, random);
        return attacks;
    }

    private Set<Integer> splits(int from, String bytes) {
        Set<Integer> splits = new TreeSet<>();
        splits.add(bytes.length());
        if (ALL_SPLITS) {
            for (int split = from; split < bytes.length(); split++) {
                splits.add(split);
            }
            return splits;
        }
        List<Integer> lineEnds = new ArrayList<>();
        for (int i = from; i < bytes.length(); i++) {
            if (bytes.charAt(i) == '\n' || bytes.charAt(i) == '\r') {
                lineEnds.addAll(List.of(i, i + 1));
            }
        }
        while (splits.size() < SPLITS_OF_EACH) {
            boolean atLineEnd = random.nextInt(3) > 0 && !lineEnds.isEmpty();
            splits.add(
                    atLineEnd
                            ? lineEnds.get(random.nextInt(lineEnds.size()))
                            : from + random.nextInt(bytes.length() - from));
        }
        return splits;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    // ---- the attack ----

    private void attack(LocalBoxcar boxcar, Wire victim, List<Attack> attacks, Set<Heard> framed) throws IOException {
        List<Wire> wires = new ArrayList<>();
        long received = boxcar.stat("listeners", "client_received_bytes");
        try {
            for (Attack attack : attacks) {
                for (StrictHttp.Message request : attack.framed().messages()) {
                    framed.add(heard(request));
                }
                Wire wire = boxcar.connect();
                wires.add(wire);
                wire.sendBytes(bytes(attack.first()));
                received += attack.split();
            }
            received += askAsVictim(victim, framed);
            long expected = received;
            Eventually.isTrue(
                    "what came first has been read",
                    () -> boxcar.stat("listeners", "client_received_bytes") >= expected);
            for (int i = 0; i < wires.size(); i++) {
                Attack attack = attacks.get(i);
                try {
                    wires.get(i).sendBytes(bytes(attack.rest()));
                    switch (attack.framed().end()) {
                        case CLEAN, INCOMPLETE -> wires.get(i).endOutput();
                        case LAST, DOUBT -> {} // Boxcar must close by itself
                    }
                } catch (IOException e) {
                    // closed after the first part; what comes back will tell whether rightly
                }
                if (i % 16 == 0) {
                    askAsVictim(victim, framed);
                }
            }
            for (int i = 0; i < wires.size(); i++) {
                judge(attacks.get(i), wires.get(i));
            }
        } finally {
            for (Wire wire : wires) {
                wire.close();
            }
        }
    }

    /** Pipelined and alone ones; gives the bytes that were sent. */
    private int askAsVictim(Wire victim, Set<Heard> framed) throws IOException {
        String id = String.format("%06d", victimRequests++);
        String get = "GET /victim/" + id + "?token=B HTTP/1.1\r\nHost: b\r\nX-Token: B\r\n\r\n";
        String again = "GET /victim/" + id + "/again?token=B HTTP/1.1\r\nHost: b\r\nX-Token: B\r\n\r\n";
        String post = "POST /victim/" + id + "?token=B HTTP/1.1\r\nHost: b\r\nContent-Length: 3\r\n\r\nabc";
        String sent = get + again + (victimRequests % 8 == 0 ? post : "");
        victim.sendBytes(bytes(sent));
        for (StrictHttp.Message request : StrictHttp.requests(sent).messages()) {
            framed.add(heard(request));
            String echo = heard(request).echo();
            String expected = "HTTP/1.1 200 OK\r\nContent-Length: " + echo.length() + "\r\n\r\n" + echo;
            String got = victim.httpResponse();
            if (!got.equals(expected)) {
                throw new AssertionError("the victim asked for " + request.start() + " and got " + got);
            }
        }
        return sent.length();
    }

    private static Heard heard(StrictHttp.Message request) {
        return new Heard(request.word(0), request.word(1), request.body());
    }

    // ---- judgement ----

    private void judge(Attack attack, Wire wire) {
        String got;
        try {
            got = wire.readToEnd();
        } catch (IOException e) {
            harm.add("not closed (" + attack.framed().end() + " "
                    + attack.framed().why() + "): " + attack);
            return;
        }
        List<StrictHttp.Message> requests = attack.framed().messages();
        List<String> methods = new ArrayList<>();
        requests.forEach(request -> methods.add(request.word(0)));
        methods.add("GET"); // an error may follow
        StrictHttp.Reading responses = StrictHttp.responses(got, methods, true);
        String wrong = wrong(attack, responses);
        if (!wrong.isEmpty()) {
            harm.add(wrong + " (" + attack.framed().end() + " "
                    + attack.framed().why() + "): " + attack + " --> " + SmugglingMutations.visible(got));
        }
    }

    /** What is wrong with the responses, or nothing. */
    private static String wrong(Attack attack, StrictHttp.Reading responses) {
        List<StrictHttp.Message> requests = attack.framed().messages();
        List<StrictHttp.Message> messages = responses.messages();
        if (responses.end() == StrictHttp.End.DOUBT || responses.end() == StrictHttp.End.INCOMPLETE) {
            return "the response is malformed, " + responses.why();
        }
        for (int i = 0; i < messages.size(); i++) {
            StrictHttp.Message response = messages.get(i);
            if (i >= requests.size()) {
                if (response.status() < 400 || !response.has("boxcar-error")) {
                    return "a response to what is no request";
                }
            } else if (response.has("boxcar-error")) {
                String method = requests.get(i).word(0);
                boolean isDue =
                        method.equals("CONNECT") || response.all("boxcar-error").contains("max-forwards");
                if (!isDue) {
                    return "refused";
                }
                if (responses.end() == StrictHttp.End.LAST) {
                    return "";
                }
            } else if (!requests.get(i).word(0).equals("HEAD")
                    && !response.body().equals(heard(requests.get(i)).echo())) {
                return "the response to another request";
            }
        }
        return messages.size() < requests.size() ? "a request without a response" : "";
    }

    /** Whoever reads these bytes, in whatever way, finds the requests that clients have framed. */
    private void judge(RecordingOrigin.Conversation conversation, Set<Heard> framed) {
        String bytes = conversation.received();
        List<Heard> heard = conversation.heard();
        for (Heard request : heard) {
            if (!framed.contains(request)) {
                harm.add("the origin heard what nobody said: " + request + " in " + SmugglingMutations.visible(bytes));
            }
        }
        for (int taste = 0; taste < 16; taste++) {
            LenientHttp reader = new LenientHttp((taste & 1) > 0, (taste & 2) > 0, (taste & 4) > 0, (taste & 8) > 0);
            int at = 0;
            LenientHttp.Request request;
            int count = 0;
            while ((request = reader.first(bytes, at)) != null) {
                at = request.end();
                Heard read = new Heard(request.method(), request.target(), request.body());
                if (count >= heard.size() || !heard.get(count).equals(read)) {
                    harm.add(guilty(heard, count) + ": " + reader + " would hear " + read + " in "
                            + SmugglingMutations.visible(bytes));
                    break;
                }
                count++;
            }
        }
    }

    /** The mutation behind which the readers part. */
    private String guilty(List<Heard> heard, int count) {
        String target = heard.get(Math.max(0, Math.min(count, heard.size() - 1)) - (count > 0 ? 1 : 0))
                .target();
        String digits = target.replaceAll(".*?(\\d{6}).*", "$1");
        return digits.matches("\\d{6}") && target.contains("token=A") ? names.get(Integer.parseInt(digits)) : target;
    }
}
