package io.boxcar.loadtest;

import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Ports of 127.0.0.1 to listen on. Stateless. */
public final class Loopback {
    private static final String HOST = "127.0.0.1";

    private Loopback() {}

    public static Address.Tcp port(int port) {
        return new Address.Tcp(HOST, port);
    }

    /** A port that is free at this moment; somebody else may take it first. */
    public static Address.Tcp freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
            return port(probe.getLocalPort());
        }
    }

    static boolean isFree(int port) {
        try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getByName(HOST))) {
            return probe.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
