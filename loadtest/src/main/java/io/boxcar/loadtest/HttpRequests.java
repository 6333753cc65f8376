package io.boxcar.loadtest;

import java.util.List;
import java.util.Locale;

/**
 * What {@link HttpLoad} asks for, over and over.
 *
 * @param path the target, in origin-form
 * @param headers headers to add, each as {@code Name: value}
 * @param bodyBytes length of the body, 0 for none
 * @param count how many requests; 0 for as many as the time allows
 * @param checkTokens whether each request carries a token of its own, which the response's body has to contain as an
 *     echo does: {@code boxcar-token: 000000000042} among the headers, and the same number where the body begins
 * @param anyLength whether responses may differ in length without tokens
 */
public record HttpRequests(
        String method,
        String path,
        List<String> headers,
        int bodyBytes,
        long count,
        boolean checkTokens,
        boolean anyLength) {
    /** So much of a body is needed to tell whose it is. */
    static final int TOKEN_DIGITS = 12;

    private static final List<String> FRAMING = List.of("content-length", "transfer-encoding", "connection");

    public HttpRequests {
        headers = List.copyOf(headers);
        if (!method.matches("[A-Za-z]+")) {
            throw new IllegalArgumentException("method is '" + method + "'; it has to be a word, as GET");
        }
        if (!path.startsWith("/") || path.chars().anyMatch(c -> c <= ' ' || c >= 0x7f)) {
            throw new IllegalArgumentException(
                    "path is '" + path + "'; it has to begin with / and to have no spaces or other than ASCII in it");
        }
        for (String header : headers) {
            if (!header.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+:[ -~]*")) {
                throw new IllegalArgumentException("header is '" + header + "'; it has to be 'Name: value' in ASCII");
            }
            if (FRAMING.contains(name(header))) {
                throw new IllegalArgumentException("header " + name(header) + " is for the load generator to send");
            }
        }
        if (bodyBytes < 0 || count < 0) {
            throw new IllegalArgumentException("body-bytes and requests cannot be negative");
        }
        if (checkTokens && method.equals("HEAD")) {
            throw new IllegalArgumentException("the response to HEAD has no body to check for a token");
        }
    }

    /** Without headers; all responses have to be equally long. */
    public HttpRequests(String method, String path, int bodyBytes, long count, boolean checkTokens) {
        this(method, path, List.of(), bodyBytes, count, checkTokens, false);
    }

    /** In lower case. */
    static String name(String header) {
        return header.substring(0, header.indexOf(':')).toLowerCase(Locale.ROOT);
    }

    static String value(String header) {
        return header.substring(header.indexOf(':') + 1).strip();
    }

    boolean hasHost() {
        return headers.stream().anyMatch(header -> name(header).equals("host"));
    }
}
