/**
 * HTTP servers to put behind the sidecar, in a test or from the command line: HTTP/1.1 and HTTP/2 with prior knowledge on
 * the same port. They read and write with Netty's own codecs, so that Boxcar is never tested against its own idea of HTTP.
 *
 * <p>Starting points:
 *
 * <ul>
 *   <li>{@link io.boxcar.loadtest.origin.HttpOrigin}: start, addresses, counts, and faults on demand
 *   <li>{@code ShowcaseSite} and {@code ChallengeSite}: what there is to ask for; {@code Answer}: what can be answered
 *   <li>{@code ExchangeHandler}: one connection, or one HTTP/2 stream
 * </ul>
 */
@NullMarked
package io.boxcar.loadtest.origin;

import org.jspecify.annotations.NullMarked;
