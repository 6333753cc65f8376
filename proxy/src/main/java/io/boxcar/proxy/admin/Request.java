package io.boxcar.proxy.admin;

import com.sun.net.httpserver.Headers;
import io.boxcar.proxy.log.Printable;
import java.net.InetAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client of the admin server asks.
 *
 * @param path decoded, and made printable: it may be told back
 * @param isFromHere whether the client is on this host, or in this pod
 * @param parameters of the query, decoded; of several with one name the last
 */
record Request(
        String method,
        String path,
        Map<String, String> parameters,
        Headers fields,
        InetAddress client,
        boolean isFromHere) {

    /**
     * @param here the address that it came in at: nobody else has it
     * @throws IllegalArgumentException if the query is not one
     */
    static Request of(String method, URI uri, Headers fields, InetAddress client, InetAddress here) {
        Map<String, String> parameters = new LinkedHashMap<>();
        String query = uri.getRawQuery();
        if (query != null && !query.isEmpty()) {
            for (String parameter : query.split("&", -1)) {
                int equals = parameter.indexOf('=');
                String name = equals < 0 ? parameter : parameter.substring(0, equals);
                String value = equals < 0 ? "" : parameter.substring(equals + 1);
                parameters.put(decoded(name), decoded(value));
            }
        }
        String path = uri.getPath();
        boolean isFromHere = client.isLoopbackAddress() || client.equals(here);
        return new Request(method, Printable.line(path == null ? "" : path), parameters, fields, client, isFromHere);
    }

    private static String decoded(String text) {
        return Printable.line(URLDecoder.decode(text, StandardCharsets.UTF_8));
    }

    @Nullable
    String field(String name) {
        return fields.getFirst(name);
    }
}
