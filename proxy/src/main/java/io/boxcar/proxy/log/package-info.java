/**
 * Boxcar's own log: one line for each record on standard error, as text or JSON, with levels that can be changed while it runs.
 *
 * <p>Starting points: {@link io.boxcar.proxy.log.Logs} sets it up; {@link io.boxcar.proxy.log.Printable} is the one place
 * that makes text of peers harmless.
 */
@NullMarked
package io.boxcar.proxy.log;

import org.jspecify.annotations.NullMarked;
