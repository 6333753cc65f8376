package io.boxcar.proxy.simulation.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.boxcar.proxy.simulation.http.SimRequest.Validity;
import java.io.ByteArrayOutputStream;
import java.util.random.RandomGenerator;

/** Makes the requests of one client. */
final class HttpWorkload {
    private static final String[] BAD_FIELDS = {
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: 5, 5\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "X-Folded: a\r\n b\r\n",
        "X-No-Colon\r\n",
        "Host: other\r\n",
        "X-Nul: a\0b\r\n",
    };
    private static final String[] BAD_CHUNKS = {
        "zz\r\n", "-1\r\n", "5\r\nabcdefg\r\n0\r\n\r\n", "3\nabc\n0\n\n", "ffffffffffffffffff\r\n"
    };

    private final int client;
    private final HttpScenario scenario;
    private final boolean isBad;
    private final boolean isOld;

    HttpWorkload(int client, HttpScenario scenario, RandomGenerator random) {
        this.client = client;
        this.scenario = scenario;
        this.isBad = scenario.badClients() && random.nextInt(3) == 0;
        this.isOld = random.nextInt(5) == 0;
    }

    /** Whether it speaks HTTP/1.0 now and then. */
    boolean isOld() {
        return isOld;
    }

    SimRequest next(int number, RandomGenerator random) {
        String token = "t" + client + "." + number;
        String method = method(random);
        int minor = isOld && random.nextBoolean() ? 0 : 1;
        boolean bad = isBad && random.nextInt(15) == 0;
        boolean mayHaveBody = method.equals("POST") || method.equals("PUT") || random.nextInt(12) == 0;
        int length = mayHaveBody ? length(random) : 0;
        boolean isChunked = mayHaveBody && minor == 1 && random.nextInt(3) == 0;
        String trailers = isChunked && random.nextInt(3) == 0 ? "X-Trailer: " + token + "\r\n" : "";
        boolean expects = minor == 1 && (isChunked || length > 0) && random.nextInt(8) == 0;
        boolean isKept = minor == 1 ? random.nextInt(25) != 0 : random.nextInt(4) != 0;
        Validity validity = !bad ? Validity.GOOD : isChunked ? Validity.BAD_BODY : Validity.BAD_HEAD;

        StringBuilder wire = new StringBuilder();
        StringBuilder canonical = new StringBuilder();
        String path = "/" + token + (random.nextInt(4) == 0 ? "?a=b" : "");
        boolean isAbsolute = random.nextInt(20) == 0;
        if (random.nextInt(20) == 0) {
            wire.append("\r\n"); // may be in front of a request, RFC 9112 section 2.2
        }
        wire.append(method).append(' ').append(isAbsolute ? "http://sim" + path : path);
        wire.append(" HTTP/1.").append(minor).append("\r\n");
        canonical.append(method).append(' ').append(path).append(" HTTP/1.1\r\n");
        both(wire, canonical, "Host: sim\r\n");
        if (random.nextInt(3) == 0) {
            both(
                    wire,
                    canonical,
                    "X-Pad: " + "p".repeat(random.nextInt(random.nextInt(8) == 0 ? 5000 : 60) + 1) + "\r\n");
        }
        if (random.nextInt(10) == 0) {
            wire.append("TE: trailers\r\n");
        }
        String hop = random.nextInt(10) == 0 ? ", X-Hop" : "";
        if (!hop.isEmpty()) {
            wire.append("x-hop: dropped\r\n");
        }
        if (!isKept && minor == 1) {
            wire.append("Connection: close").append(hop).append("\r\n");
        } else if (isKept && (minor == 0 || !hop.isEmpty())) {
            wire.append("Connection: keep-alive").append(hop).append("\r\n");
        } else if (!hop.isEmpty()) {
            wire.append("Connection: x-hop\r\n");
        }
        if (expects) {
            both(wire, canonical, "Expect: 100-continue\r\n");
        }
        if (isChunked) {
            wire.append("Transfer-Encoding: chunked\r\n");
        } else if (length > 0 || mayHaveBody && random.nextBoolean()) {
            both(wire, canonical, "Content-Length: " + length + "\r\n");
        }
        if (validity == Validity.BAD_HEAD) {
            wire.append(BAD_FIELDS[random.nextInt(BAD_FIELDS.length)]);
        }
        wire.append("\r\n");
        String via = scenario.listener().http().via();
        if (!via.isEmpty()) {
            canonical.append("Via: 1.").append(minor).append(' ').append(via).append("\r\n");
        }
        if (isChunked) {
            canonical.append("Transfer-Encoding: chunked\r\n");
        }
        canonical.append("\r\n");
        byte[] body = SimRequest.pattern(token, length);
        byte[] framed = isChunked ? chunks(body, trailers, validity != Validity.GOOD, random) : body;
        return new SimRequest(
                client,
                token,
                method,
                minor,
                !isKept,
                expects,
                validity,
                wire.toString().getBytes(ISO_8859_1),
                framed,
                canonical.toString().getBytes(ISO_8859_1),
                body,
                trailers);
    }

    private static void both(StringBuilder wire, StringBuilder canonical, String line) {
        wire.append(line);
        canonical.append(line);
    }

    private static String method(RandomGenerator random) {
        int dice = random.nextInt(100);
        if (dice < 45) {
            return "GET";
        }
        if (dice < 52) {
            return "HEAD";
        }
        if (dice < 57) {
            return "OPTIONS";
        }
        return dice < 80 ? "POST" : dice < 92 ? "PUT" : "DELETE";
    }

    private int length(RandomGenerator random) {
        if (scenario.isLarge() && random.nextInt(6) == 0) {
            return 200_000 + random.nextInt(500_000);
        }
        return switch (random.nextInt(8)) {
            case 0 -> 0;
            case 1, 2, 3 -> 1 + random.nextInt(20);
            case 4, 5 -> 1 + random.nextInt(400);
            case 6 -> 1 + random.nextInt(5000);
            default -> 1 + random.nextInt(30_000);
        };
    }

    /** The chunked coding of a body. */
    static byte[] chunks(byte[] body, String trailers, boolean isBroken, RandomGenerator random) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int most = 1 + random.nextInt(random.nextBoolean() ? 40 : 10_000);
        most = Math.max(most, body.length / 200);
        int brokenAt = isBroken ? random.nextInt(body.length + 1) : Integer.MAX_VALUE;
        for (int at = 0; at < body.length; ) {
            if (at >= brokenAt) {
                break;
            }
            int count = Math.min(body.length - at, 1 + random.nextInt(most));
            String size = Integer.toHexString(count);
            size = random.nextInt(8) == 0 ? "0" + size.toUpperCase(java.util.Locale.ROOT) + ";a=\"b\"" : size;
            out.writeBytes((size + "\r\n").getBytes(ISO_8859_1));
            out.write(body, at, count);
            out.writeBytes(new byte[] {'\r', '\n'});
            at += count;
        }
        out.writeBytes((isBroken ? BAD_CHUNKS[random.nextInt(BAD_CHUNKS.length)] : "0\r\n" + trailers + "\r\n")
                .getBytes(ISO_8859_1));
        return out.toByteArray();
    }
}
