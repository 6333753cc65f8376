package io.boxcar.proxy.admin;

import io.boxcar.proxy.config.AdminConfig;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may ask what. Health is open, so that the kubelet needs no secret, and metrics are unless the configuration says
 * otherwise; all else needs the token, if there is one. Immutable.
 */
final class Guard {
    private static final String SCHEME = "Bearer ";
    private static final Set<String> HEALTH = Set.of("/live", "/ready");

    private final byte[] token;
    private final boolean openMetrics;

    Guard(AdminConfig config) {
        this.token = config.token().getBytes(StandardCharsets.UTF_8);
        this.openMetrics = config.openMetrics();
    }

    /** The answer to a request that is not allowed; null if it is. */
    @Nullable
    Response refusal(Request request) {
        if (!isOpen(request.path()) && !hasToken(request.field("Authorization"))) {
            return Response.text(
                            401,
                            request.path() + " needs the token of boxcar.admin.token: Authorization: Bearer TOKEN\n")
                    .with("WWW-Authenticate", "Bearer realm=\"boxcar\"");
        }
        boolean changes = !request.method().equals("GET") && !request.method().equals("HEAD");
        if (changes && (request.field("Origin") != null || "cross-site".equals(request.field("Sec-Fetch-Site")))) {
            // A browser on this machine sends what any web page tells it to, also to loopback; only programs have no
            // origin.
            return Response.text(403, request.method() + " is not for web pages: the request has an Origin\n");
        }
        return null;
    }

    private boolean isOpen(String path) {
        return token.length == 0 || HEALTH.contains(path) || (openMetrics && path.equals("/metrics"));
    }

    /** In a time that tells nothing of the token but perhaps its length. */
    private boolean hasToken(@Nullable String authorization) {
        if (authorization == null || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return false;
        }
        byte[] shown = authorization.substring(SCHEME.length()).strip().getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(shown, token);
    }
}
