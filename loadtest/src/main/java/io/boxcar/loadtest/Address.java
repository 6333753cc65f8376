package io.boxcar.loadtest;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;

/** Where something listens, as written on the command line: {@code PORT}, {@code HOST:PORT} or {@code unix:/path}. */
sealed interface Address {
    /** The address for {@link java.nio.channels.SocketChannel#connect}. */
    SocketAddress socketAddress();

    record Tcp(String host, int port) implements Address {
        static Tcp loopback(int port) {
            return new Tcp("127.0.0.1", port);
        }

        /** A port of the loopback address that is free at this moment; somebody else may take it first. */
        static Tcp freeLoopback() throws IOException {
            try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
                return loopback(probe.getLocalPort());
            }
        }

        boolean isFree() {
            try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getByName(host))) {
                return probe.isBound();
            } catch (IOException e) {
                return false;
            }
        }

        @Override
        public SocketAddress socketAddress() {
            return new InetSocketAddress(host, port);
        }

        @Override
        public String toString() {
            return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
        }
    }

    record Unix(Path path) implements Address {
        @Override
        public SocketAddress socketAddress() {
            return UnixDomainSocketAddress.of(path);
        }

        @Override
        public String toString() {
            return "unix:" + path;
        }
    }

    static Address parse(String text) {
        if (text.startsWith("unix:")) {
            return new Unix(Path.of(text.substring("unix:".length())));
        }
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "127.0.0.1" : text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            if (!host.isEmpty() && port > 0 && port < 65536) {
                return new Tcp(host, port);
            }
        } catch (NumberFormatException e) {
            // reported below
        }
        throw new IllegalArgumentException("'" + text + "' is not an address; write PORT, HOST:PORT or unix:/path");
    }
}
