/**
 * The choice between io_uring, epoll and NIO, and socket addresses.
 */
@NullMarked
package io.boxcar.proxy.transport;

import org.jspecify.annotations.NullMarked;
