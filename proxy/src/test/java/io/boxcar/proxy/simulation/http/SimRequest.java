package io.boxcar.proxy.simulation.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;

/** One request of a client: what it sends, what may arrive of it upstream, and what has become of it. */
final class SimRequest {
    /** What the client has got for it. */
    enum Outcome {
        NONE,
        /** The response of an origin, complete. */
        ANSWERED,
        /** A response of Boxcar's own. */
        REFUSED,
        /** The connection ended before a response was complete. */
        CUT
    }

    /** Whether Boxcar can make sense of it. */
    enum Validity {
        GOOD,
        /** Nothing of it may arrive. */
        BAD_HEAD,
        /** Its end may not arrive. */
        BAD_BODY
    }

    final int client;
    final String token;
    final String method;
    final int minor;
    /** The client has said that nothing follows. */
    final boolean isLast;

    final boolean expectsContinue;
    final Validity validity;

    /** As the client sends it. */
    final byte[] head;

    final byte[] framedBody;

    /** As it must arrive. */
    final byte[] canonicalHead;

    final byte[] body;
    final String trailers;

    /** Nothing of it may arrive, because nothing behind an earlier one of its client is to be trusted. */
    boolean isBehindTheLast;

    /** Where it ends in the bytes of its client. */
    long headEndOffset;

    long endOffset;

    /** How often an origin has seen its head. */
    int arrivals;

    Outcome outcome = Outcome.NONE;
    final List<Answer> answers = new ArrayList<>();

    SimRequest(
            int client,
            String token,
            String method,
            int minor,
            boolean isLast,
            boolean expectsContinue,
            Validity validity,
            byte[] head,
            byte[] framedBody,
            byte[] canonicalHead,
            byte[] body,
            String trailers) {
        this.client = client;
        this.token = token;
        this.method = method;
        this.minor = minor;
        this.isLast = isLast;
        this.expectsContinue = expectsContinue;
        this.validity = validity;
        this.head = head;
        this.framedBody = framedBody;
        this.canonicalHead = canonicalHead;
        this.body = body;
        this.trailers = trailers;
    }

    boolean isIdempotent() {
        return !method.equals("POST");
    }

    /** Bytes that are easy to tell from those of another. */
    static byte[] pattern(String text, int length) {
        byte[] unit = (text + ";").getBytes(ISO_8859_1);
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = i % 64 == 63 ? (byte) (i >> 6) : unit[i % unit.length];
        }
        return bytes;
    }

    @Override
    public String toString() {
        return method + " " + token + " 1." + minor + (isLast ? " last" : "")
                + (validity == Validity.GOOD ? "" : " " + validity) + " body " + body.length + " of client " + client
                + " " + outcome;
    }
}
