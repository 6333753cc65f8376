package io.boxcar.loadtest;

/**
 * What {@link HttpLoad} asks for, over and over.
 *
 * @param path the target, in origin-form
 * @param bodyBytes length of the body, 0 for none
 * @param count how many requests; 0 for as many as the time allows
 * @param checkTokens whether each request carries a token of its own, which the response's body has to contain as an
 *     echo does: {@code boxcar-token: 000000000042} among the headers, and the same number where the body begins
 */
public record HttpRequests(String method, String path, int bodyBytes, long count, boolean checkTokens) {
    /** So much of a body is needed to tell whose it is. */
    static final int TOKEN_DIGITS = 12;

    public HttpRequests {
        if (!method.matches("[A-Za-z]+")) {
            throw new IllegalArgumentException("method is '" + method + "'; it has to be a word, as GET");
        }
        if (!path.startsWith("/") || path.chars().anyMatch(c -> c <= ' ' || c >= 0x7f)) {
            throw new IllegalArgumentException(
                    "path is '" + path + "'; it has to begin with / and to have no spaces or other than ASCII in it");
        }
        if (bodyBytes < 0 || count < 0) {
            throw new IllegalArgumentException("body-bytes and requests cannot be negative");
        }
        if (checkTokens && method.equals("HEAD")) {
            throw new IllegalArgumentException("the response to HEAD has no body to check for a token");
        }
    }
}
