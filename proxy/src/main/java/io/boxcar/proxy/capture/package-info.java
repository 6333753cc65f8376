/**
 * Captured connections: clients connect to where they always did, rules of the kernel lead them here, and Boxcar finds out where
 * they were meant for.
 *
 * <pre>
 *   accepted --&gt; OriginalDestination --&gt; LoopGuard --&gt; routes, ports --&gt; a client of Redis or HTTP, with lanes to that
 *                                                            |           upstream or destination
 *                                                            |--&gt; CapturedClient, which looks at the first bytes
 *                                                            '--&gt; TcpRelay, for everything else
 * </pre>
 *
 * <h2>Starting points</h2>
 *
 * <ul>
 *   <li>{@link io.boxcar.proxy.capture.CaptureService}: what becomes of a connection
 *   <li>{@link io.boxcar.proxy.capture.Destinations}: the lanes to destinations that nobody has configured
 *   <li>{@link io.boxcar.proxy.capture.OwnConnections}: how Boxcar's own connections are told from those of others
 *   <li>{@link io.boxcar.proxy.capture.TcpRelay}: bytes that are passed on as they come
 * </ul>
 */
@NullMarked
package io.boxcar.proxy.capture;

import org.jspecify.annotations.NullMarked;
