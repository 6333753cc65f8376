package io.boxcar.proxy.simulation.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.boxcar.proxy.simulation.http.Answer.Framing;
import java.io.ByteArrayOutputStream;
import java.util.random.RandomGenerator;

/** Draws what an origin answers to a request. */
final class AnswerMaker {
    private final HttpSimulation world;
    private final SimRequest request;
    private final boolean isCalm;
    private final RandomGenerator random;

    private AnswerMaker(HttpSimulation world, SimRequest request, boolean isCalm, RandomGenerator random) {
        this.world = world;
        this.request = request;
        this.isCalm = isCalm;
        this.random = random;
    }

    static Answer make(HttpSimulation world, SimRequest request, boolean isCalm, RandomGenerator random) {
        return new AnswerMaker(world, request, isCalm, random).make();
    }

    private Answer make() {
        HttpScenario scenario = world.scenario();
        String id = request.token + "/" + request.arrivals;
        boolean isHead = request.method.equals("HEAD");
        int status = status();
        boolean hasNoBody = isHead || status == 204 || status == 304;
        // What is in flight behind a response that ends the connection may fail.
        boolean mayClose = !isCalm || !scenario.isPipeliningAll();
        boolean mayEndWithConnection = !isCalm || !scenario.isPipelining();
        Framing framing = hasNoBody ? Framing.NONE : framing(mayEndWithConnection);
        boolean closes = framing == Framing.UNTIL_CLOSE || mayClose && random.nextInt(20) == 0;
        int length = hasNoBody ? 0 : length();
        byte[] body = SimRequest.pattern(id, length);
        String trailers = framing == Framing.CHUNKED && random.nextInt(3) == 0 ? "X-Trailer: " + id + "\r\n" : "";

        StringBuilder head = new StringBuilder();
        for (int i = random.nextInt(8) == 0 ? 1 + random.nextInt(2) : 0; i > 0; i--) {
            head.append(random.nextBoolean() ? "HTTP/1.1 103 Early Hints" : "HTTP/1.1 102 Processing");
            head.append("\r\nX-Answer: ").append(id).append("\r\n\r\n");
        }
        boolean isOld = !trailers.isEmpty() || framing == Framing.CHUNKED ? false : mayClose && random.nextInt(25) == 0;
        closes |= isOld;
        head.append(isOld ? "HTTP/1.0 " : "HTTP/1.1 ").append(status).append(" Fine\r\n");
        if (closes && !isOld && (framing != Framing.UNTIL_CLOSE || random.nextBoolean())) {
            head.append("connection: close\r\n");
        } else if (random.nextInt(10) == 0 && !isOld) {
            head.append("Keep-Alive: timeout=")
                    .append(1 + random.nextInt(3))
                    .append("\r\nConnection: keep-alive, keep-alive\r\n");
        }
        head.append("X-Answer: ").append(id).append("\r\n");
        // A 204 with a length makes Boxcar doubt the connection, which is no calm run any more.
        boolean tellsLength = isHead && random.nextBoolean() && !(isCalm && status == 204);
        if (framing == Framing.LENGTH || tellsLength) {
            head.append("Content-Length: ")
                    .append(isHead ? random.nextInt(1000) : length)
                    .append("\r\n");
        } else if (framing == Framing.CHUNKED) {
            head.append("Transfer-Encoding: chunked\r\n");
        }
        head.append("\r\n");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(head.toString().getBytes(ISO_8859_1));
        bytes.writeBytes(framing == Framing.CHUNKED ? HttpWorkload.chunks(body, trailers, false, random) : body);
        boolean isCut = !isCalm && random.nextInt(20) == 0;
        int cutAt = isCut ? random.nextInt(random.nextBoolean() ? bytes.size() : Math.min(bytes.size(), 200)) : -1;
        return new Answer(
                id,
                request,
                status,
                framing,
                body,
                trailers,
                bytes.toByteArray(),
                closes,
                !isCalm && random.nextInt(15) == 0,
                world.nowNs() + delayNs(),
                cutAt);
    }

    private int status() {
        return switch (random.nextInt(16)) {
            case 0 -> 204;
            case 1 -> 304;
            case 2 -> 404;
            case 3 -> isCalm ? 500 : 503;
            default -> 200;
        };
    }

    private Framing framing(boolean mayEndWithConnection) {
        return switch (random.nextInt(8)) {
            case 0, 1 -> Framing.CHUNKED;
            case 2 -> mayEndWithConnection ? Framing.UNTIL_CLOSE : Framing.CHUNKED;
            default -> Framing.LENGTH;
        };
    }

    private int length() {
        if (world.scenario().isLarge() && random.nextInt(6) == 0) {
            return 200_000 + random.nextInt(700_000);
        }
        return switch (random.nextInt(8)) {
            case 0 -> 0;
            case 1, 2, 3 -> 1 + random.nextInt(20);
            case 4, 5 -> 1 + random.nextInt(400);
            case 6 -> 1 + random.nextInt(5000);
            default -> 1 + random.nextInt(random.nextBoolean() ? 20_000 : 100_000);
        };
    }

    private long delayNs() {
        return switch (random.nextInt(isCalm ? 8 : 12)) {
            case 0, 1 -> random.nextInt(1_000_000);
            case 2 -> random.nextInt(20_000_000);
            case 3 -> random.nextInt(200_000_000);
            case 8 -> random.nextInt(500_000_000);
            default -> 0;
        };
    }
}
