package io.boxcar.proxy.config;

import org.jspecify.annotations.Nullable;

/** Reads what is for those who run Boxcar: the blocks {@code admin}, {@code log} and {@code access-log}. */
final class OperationsReader {

    private static final int MIN_TOKEN_CHARS = 16;

    private OperationsReader() {}

    /** @param listen where the admin endpoint listens, or null if it does not */
    static @Nullable AdminConfig admin(Section root, @Nullable Address listen) {
        String token = root.verbatim("admin.token");
        if (token.equals(AuthConfig.MASK)) {
            root.problemOfSecret("admin.token", "is what Boxcar prints in place of a token; write the token itself");
        } else if (!token.isEmpty()
                && (token.length() < MIN_TOKEN_CHARS || token.chars().anyMatch(c -> c <= ' ' || c >= 0x7f))) {
            root.problemOfSecret(
                    "admin.token",
                    "must have at least " + MIN_TOKEN_CHARS
                            + " characters, all of them visible ASCII; make one with: openssl rand -hex 16");
        }
        AdminConfig.Tls tls = new AdminConfig.Tls(
                root.verbatim("admin.tls.cert"), root.verbatim("admin.tls.key"), root.verbatim("admin.tls.ca"));
        if (tls.cert().isEmpty() != tls.key().isEmpty()) {
            String set = tls.isOn() ? "cert" : "key";
            String missing = tls.isOn() ? "key" : "cert";
            root.problem("admin.tls." + set, "needs admin.tls." + missing + ": TLS is a certificate and its key");
        } else if (!tls.ca().isEmpty() && !tls.isOn()) {
            root.problem("admin.tls.ca", "needs admin.tls.cert and admin.tls.key: only TLS has client certificates");
        }
        boolean openMetrics = root.yesOrNo("admin.metrics-open");
        if (listen instanceof Address.Unix) {
            root.problem("admin.listen", "is not a TCP address, which is all that the admin endpoint can listen on");
        }
        return listen == null ? null : new AdminConfig(listen, token, openMetrics, tls);
    }

    static LogConfig log(Section root) {
        return new LogConfig(
                root.oneOf("log.format", LogConfig.Format.values()),
                root.oneOf("log.level", LogConfig.Level.values()),
                accessLog(root));
    }

    private static AccessLogConfig accessLog(Section root) {
        AccessLogConfig config = new AccessLogConfig(
                root.verbatim("access-log.output"),
                root.fraction("access-log.sample"),
                root.integer("access-log.errors", 0, 1_000_000),
                root.integer("access-log.buffer", 64, 1 << 20));
        String output = config.output();
        if (config.isOn()
                && !output.equals(AccessLogConfig.STDOUT)
                && !output.equals(AccessLogConfig.STDERR)
                && (!output.startsWith("/") || output.endsWith("/"))) {
            root.problem("access-log.output", "is neither off, stdout, stderr nor the absolute path of a file");
        }
        return config;
    }
}
