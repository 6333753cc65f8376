/**
 * The access log: a line of JSON for each exchange. Event loops fill in entries that are there already, and hand them to one
 * thread, which writes; nothing here makes an event loop wait.
 *
 * <pre>
 *   client's loop: begin -> entry, filled as the exchange goes on -> finish -> queue -> writer thread -> file
 *                    ^                                                                       |
 *                    '------------------------- given back ---------------------------------'
 * </pre>
 *
 * <p>Starting points: {@link io.boxcar.proxy.accesslog.AccessLog} opens it; {@link io.boxcar.proxy.accesslog.ClientLog} is what a
 * client's connection has of it; {@link io.boxcar.proxy.accesslog.AccessEntry} is one line to be.
 */
@NullMarked
package io.boxcar.proxy.accesslog;

import org.jspecify.annotations.NullMarked;
