/**
 * The admin HTTP server: health, metrics, statistics and configuration for people and machines, on its own threads.
 *
 * <p>Starting points: {@link io.boxcar.proxy.admin.AdminServer} has every path; {@link
 * io.boxcar.proxy.admin.AdminServer.Source} is what it asks the running Boxcar.
 */
@NullMarked
package io.boxcar.proxy.admin;

import org.jspecify.annotations.NullMarked;
