package io.boxcar.loadtest.origin;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;

/**
 * One worker's part of the one-million-request challenge.
 *
 * <pre>
 *   POST /event   {"userId":"user_1","value":3}   201, or 400 and why
 *   GET  /stats   {"totalRequests":n,"uniqueUsers":n,"sum":n,"avg":x}
 *   POST /reset   204
 *   GET  /ids     {"distinct":n,"repeated":n}: of the events that came with an Event-Id header
 *   GET  /health  200
 * </pre>
 */
final class ChallengeSite implements Site {
    static final String EVENT_ID = "event-id";
    static final long MAX_EVENT_ID = 1L << 27;
    static final int MAX_EVENT_BYTES = 1_024;

    private static final String OK = "{\"status\":\"ok\"}";

    private final Challenge challenge;
    private final ChallengeTally tally;
    private final EventReader reader = new EventReader(MAX_EVENT_BYTES);

    ChallengeSite(Challenge challenge, ChallengeTally tally) {
        this.challenge = challenge;
        this.tally = tally;
    }

    @Override
    public boolean echoes(HttpRequest request) {
        return false;
    }

    @Override
    public int maxBodyBytes() {
        return MAX_EVENT_BYTES;
    }

    @Override
    public Answer answer(HttpRequest request, ByteBuf bodyView) {
        return switch (request.uri()) {
            case "/event" -> isPost(request) ? event(request, bodyView) : Answer.notAllowed("POST");
            case "/stats" ->
                isGet(request) ? challenge.ask(tally.loop(), false, Challenge.Round::stats) : Answer.notAllowed("GET");
            case "/ids" ->
                isGet(request) ? challenge.ask(tally.loop(), false, Challenge.Round::ids) : Answer.notAllowed("GET");
            case "/reset" ->
                isPost(request)
                        ? challenge.ask(tally.loop(), true, round -> Answer.text(HttpResponseStatus.NO_CONTENT, ""))
                        : Answer.notAllowed("POST");
            case "/health" -> Answer.json(HttpResponseStatus.OK, OK);
            default ->
                Answer.text(
                        HttpResponseStatus.NOT_FOUND,
                        "nothing here; there is POST /event, GET /stats, POST /reset, GET /ids and GET /health\n");
        };
    }

    private Answer event(HttpRequest request, ByteBuf bodyView) {
        long id = -1;
        String idText = request.headers().get(EVENT_ID);
        if (idText != null) {
            id = parseId(idText);
            if (id < 0) {
                return refused("event-id is not a number from 0 to " + (MAX_EVENT_ID - 1));
            }
        }
        if (!reader.read(bodyView)) {
            return refused(reader.problem());
        }
        tally.count(reader, id);
        return Answer.json(HttpResponseStatus.CREATED, OK);
    }

    private static Answer refused(String why) {
        return Answer.json(HttpResponseStatus.BAD_REQUEST, "{\"error\":\"" + why + "\"}");
    }

    private static long parseId(String text) {
        try {
            long id = Long.parseLong(text);
            return id < MAX_EVENT_ID ? id : -1;
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private static boolean isPost(HttpRequest request) {
        return HttpMethod.POST.equals(request.method());
    }

    private static boolean isGet(HttpRequest request) {
        return HttpMethod.GET.equals(request.method()) || HttpMethod.HEAD.equals(request.method());
    }
}
