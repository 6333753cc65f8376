/**
 * The command line and the life cycle of the sidecar.
 *
 * <h2>Starting points</h2>
 *
 * <ul>
 *   <li>{@link io.boxcar.proxy.Main}: the command line
 *   <li>{@link io.boxcar.proxy.Boxcar}: start, drain, close
 *   <li>{@link io.boxcar.proxy.Protocols}: the protocols of this build
 * </ul>
 */
@NullMarked
package io.boxcar.proxy;

import org.jspecify.annotations.NullMarked;
