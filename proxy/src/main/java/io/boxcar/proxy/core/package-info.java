/**
 * The data path, which knows no protocol. Clients of one identity share a lane to each endpoint; a lane gathers their requests into
 * batches for one upstream connection, which pairs the responses; each client puts its own back in order.
 *
 * <pre>
 *   ClientConnection: bytes in and out
 *     ClientRequests: the window of what is asked -- ClientLanes: which lane -- Redirections: another one
 *     PinnedRoute: while the client has state ------ PinnedPool, PinnedConnection
 *   Upstream: routes by place --&gt; Endpoint: lanes by identity --&gt; Lane --&gt; UpstreamConnection
 * </pre>
 *
 * <h2>Starting points</h2>
 *
 * <ul>
 *   <li>{@link io.boxcar.proxy.core.ClientConnection}: one application's connection, from bytes to exchanges and back
 *   <li>{@link io.boxcar.proxy.core.ClientRequests}: what a client has asked, and in which order it is answered
 *   <li>{@link io.boxcar.proxy.core.Lane}: gathering, departure, and the connection's states
 *   <li>{@link io.boxcar.proxy.core.UpstreamConnection}: pairing, time limits, doubt
 *   <li>{@link io.boxcar.proxy.core.LoopContext}: the turn of an event loop, and the way between loops
 *   <li>{@link io.boxcar.proxy.core.Losses}: what becomes of requests when a connection is lost
 *   <li>{@link io.boxcar.proxy.core.PinnedRoute}: clients whose state a shared connection must not see
 *   <li>{@link io.boxcar.proxy.core.Upstream}: endpoints, and which of them serves what
 *   <li>{@link io.boxcar.proxy.core.Protocol}: what a protocol provides
 * </ul>
 */
@NullMarked
package io.boxcar.proxy.core;

import org.jspecify.annotations.NullMarked;
