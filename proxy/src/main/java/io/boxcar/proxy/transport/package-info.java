/**
 * The kernel interface in use: io_uring, epoll or NIO, for TCP and Unix sockets.
 *
 * <h2>Starting points</h2>
 *
 * <ul>
 *   <li>{@link io.boxcar.proxy.transport.Transport}: the choice, and how connections are made and accepted
 *   <li>{@link io.boxcar.proxy.transport.EndpointResolver}: the addresses behind host names, kept up to date
 * </ul>
 */
@NullMarked
package io.boxcar.proxy.transport;

import org.jspecify.annotations.NullMarked;
