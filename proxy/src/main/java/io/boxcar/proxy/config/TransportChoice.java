package io.boxcar.proxy.config;

/** Which kernel interface carries the sockets; {@link #AUTO} takes the first in this order that works here. */
public enum TransportChoice {
    AUTO,
    IO_URING,
    EPOLL,
    NIO
}
