package io.boxcar.proxy.admin;

import java.util.Map;

/**
 * An answer of the admin server.
 *
 * @param fields header fields besides Content-Type and Content-Length
 */
record Response(int status, String contentType, String body, Map<String, String> fields) {

    static Response text(int status, String body) {
        return new Response(status, "text/plain; charset=utf-8", body, Map.of());
    }

    static Response json(int status, Object value) {
        return new Response(status, "application/json", Json.write(value), Map.of());
    }

    Response with(String field, String value) {
        return new Response(status, contentType, body, Map.of(field, value));
    }
}
