package io.boxcar.proxy.config;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Where something listens or is reached: a TCP host and port, or the path of a Unix domain socket.
 *
 * <p>Text forms: {@code PORT} (on 127.0.0.1), {@code HOST:PORT}, {@code [IPv6]:PORT} and {@code unix:/path}. {@link #toString()}
 * gives the canonical one, which {@link #parse} reads back to an equal address.
 */
public sealed interface Address {

    String DEFAULT_HOST = "127.0.0.1";
    String UNIX_PREFIX = "unix:";

    /** What a {@code sockaddr_un} holds on Linux, without its final zero byte. */
    int MAX_UNIX_PATH_BYTES = 107;

    /** A host name or literal IP address (IPv6 without brackets) and a port; port 0 lets the system choose one to listen on. */
    record Tcp(String host, int port) implements Address {
        /** Written out, as is {@link #hashCode}: what a record has of its own is made by method handles when it is first called, at the start. */
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Tcp tcp && port == tcp.port && host.equals(tcp.host);
        }

        @Override
        public int hashCode() {
            return 31 * host.hashCode() + port;
        }

        @Override
        public String toString() {
            return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
        }
    }

    /** The absolute path of a Unix domain socket. */
    record Unix(String path) implements Address {
        @Override
        public String toString() {
            return UNIX_PREFIX + path;
        }
    }

    /**
     * Reads any of the text forms.
     *
     * @throws IllegalArgumentException with a sentence for the user that quotes the text and says what is expected
     */
    static Address parse(String text) {
        if (text.startsWith(UNIX_PREFIX)) {
            return parseUnix(text);
        }
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            return new Tcp(DEFAULT_HOST, parsePort(text, text));
        }
        return new Tcp(parseHost(text, text.substring(0, colon)), parsePort(text, text.substring(colon + 1)));
    }

    private static Unix parseUnix(String text) {
        String path = text.substring(UNIX_PREFIX.length());
        if (!path.startsWith("/") || path.endsWith("/")) {
            throw invalid(text, "a Unix socket needs an absolute path, as in unix:/run/boxcar.sock");
        }
        int bytes = path.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_UNIX_PATH_BYTES) {
            throw invalid(
                    text,
                    "its path has " + bytes + " bytes, a Unix socket can have " + MAX_UNIX_PATH_BYTES
                            + "; use a shorter one");
        }
        return new Unix(path);
    }

    private static String parseHost(String text, String host) {
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        String name = bracketed ? host.substring(1, host.length() - 1) : host;
        if (name.isEmpty()) {
            throw invalid(text, "the host is missing; use 0.0.0.0 or [::] to mean every local address");
        }
        if (bracketed != name.indexOf(':') >= 0) {
            throw invalid(text, "an IPv6 address, and nothing else, is written in brackets, as in [::1]:6379");
        }
        boolean strange = name.chars().anyMatch(c -> c <= ' ' || c == 0x7f || "/[]@,\"'".indexOf(c) >= 0);
        if (strange) {
            throw invalid(text, "'" + name + "' is not a host name or IP address");
        }
        return name;
    }

    private static int parsePort(String text, String port) {
        boolean digits = !port.isEmpty() && port.length() <= 5 && port.chars().allMatch(c -> c >= '0' && c <= '9');
        int number = digits ? Integer.parseInt(port) : -1;
        if (number < 0 || number > 65535) {
            throw invalid(
                    text,
                    "'" + port + "' is not a port from 0 to 65535; write PORT, HOST:PORT, [IPv6]:PORT or unix:/path");
        }
        return number;
    }

    private static IllegalArgumentException invalid(String text, String reason) {
        return new IllegalArgumentException("'" + text + "' is not an address: " + reason);
    }
}
