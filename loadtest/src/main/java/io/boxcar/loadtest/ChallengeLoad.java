package io.boxcar.loadtest;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;

/**
 * The one-million-request challenge against an origin, directly or through a proxy: resets it, sends each event once, and
 * asks what has been counted. Runs on the calling thread.
 */
final class ChallengeLoad {
    private static final int TIMEOUT_MS = 10_000;
    private static final int ATTEMPTS_WHERE_CONNECTIONS_FAIL = 20;

    private final HttpLoadPlan plan;
    private final boolean allowFailures;

    private ChallengeLoad(HttpLoadPlan plan, boolean allowFailures) {
        this.plan = plan;
        this.allowFailures = allowFailures;
    }

    /**
     * Sends {@code count} events.
     *
     * @param allowFailures whether an event may fail, if its client is told so; the events then carry an ID each, by
     *     which the origin can tell one that came twice
     * @throws IOException when the origin cannot be reached, or does not answer as the challenge demands
     */
    static ChallengeReport run(HttpLoadPlan plan, long count, boolean allowFailures, LoadWatcher watcher)
            throws IOException {
        return new ChallengeLoad(plan, allowFailures).run(count, watcher);
    }

    private ChallengeReport run(long count, LoadWatcher watcher) throws IOException {
        call("POST", "/reset");
        ChallengeEvents events = new ChallengeEvents(plan.authority(), count, allowFailures);
        LoadResult load = HttpLoad.run(plan, events, watcher);
        ChallengeStats seen = ChallengeStats.parse(call("GET", "/stats"));
        OptionalLong repeated = allowFailures ? repeated() : OptionalLong.empty();
        return new ChallengeReport(
                load, events.sent(), events.acknowledged(), seen, repeated.orElse(-1), allowFailures);
    }

    /** Only Boxcar's own origin can tell. */
    private OptionalLong repeated() {
        try {
            return OptionalLong.of(
                    ChallengeStats.number(call("GET", "/ids"), "repeated").longValue());
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    private String call(String method, String path) throws IOException {
        int attempts = allowFailures ? ATTEMPTS_WHERE_CONNECTIONS_FAIL : 1;
        for (int attempt = 1; ; attempt++) {
            try {
                return callOnce(method, path);
            } catch (IOException e) {
                if (attempt == attempts) {
                    throw new IOException(method + " http://" + plan.authority() + path + ": " + e.getMessage(), e);
                }
            }
        }
    }

    private String callOnce(String method, String path) throws IOException {
        URI uri = URI.create("http://" + plan.authority() + path);
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        connection.setConnectTimeout(TIMEOUT_MS);
        connection.setReadTimeout(TIMEOUT_MS);
        connection.setRequestMethod(method);
        if (method.equals("POST")) {
            connection.setDoOutput(true);
            connection.setFixedLengthStreamingMode(0);
            connection.getOutputStream().close();
        }
        int status = connection.getResponseCode();
        if (status >= 300) {
            throw new IOException("status " + status);
        }
        try (InputStream body = connection.getInputStream()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        } finally {
            connection.disconnect();
        }
    }
}
